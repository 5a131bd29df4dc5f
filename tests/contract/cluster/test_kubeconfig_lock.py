"""Many programs change one kubeconfig at once: each entry is in it in the end, and no reader sees half a file."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path

import pytest
import yaml

from tfk8s.clock import SystemClock
from tfk8s.cluster.kubeconfig_file import KubeconfigFile
from tfk8s.manifest.kubeconfig import KubeconfigEntry

pytestmark = pytest.mark.contract

_PROCESSES, _ENTRIES = 4, 5


def put_entries(path: Path, number: int) -> None:
    for entry in range(_ENTRIES):
        name = f"cluster-{number}-{entry}"
        KubeconfigFile(path, clock=SystemClock()).put(
            KubeconfigEntry(name=name, cluster={"server": f"https://{name}"}, user={"token": "t" * 2000})
        )


def test_programs_that_write_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("# mine\nclusters: []\ncontexts: []\nusers: []\n")
    broken: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            text = path.read_text()
            if not text.startswith("# mine\n") or not text.endswith("\n"):
                broken.append(text)

    reader = threading.Thread(target=read)
    reader.start()
    start = multiprocessing.get_context("spawn")
    writers = [start.Process(target=put_entries, args=(path, number)) for number in range(_PROCESSES)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(240)
    done.set()
    reader.join(60)

    names = {item["name"] for item in yaml.safe_load(path.read_text())["clusters"]}
    assert names == {f"cluster-{number}-{entry}" for number in range(_PROCESSES) for entry in range(_ENTRIES)}
    assert [writer.exitcode for writer in writers] == [0] * _PROCESSES
    assert broken == []
    assert [file.name for file in tmp_path.iterdir()] == ["config"]
