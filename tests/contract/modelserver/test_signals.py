"""The entrypoint as process 1 of a container: SIGTERM changes nothing."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.contract.modelserver.asking import answer
from tests.modelserver import running
from tests.modelserver.running import Binary, LocalProcess, eventually, stays

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.contract.modelserver.watched import Versions
    from tests.modelserver.running import Launcher, Server

pytestmark = pytest.mark.contract

ENTRYPOINT = """#!/bin/bash

{binary} --port=8500 --rest_api_port=8501 \\
  --model_name=${{MODEL_NAME}} --model_base_path=${{MODEL_BASE_PATH}}/${{MODEL_NAME}} "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InNamespace:
    """Starts the image's entrypoint as the first process of a PID namespace."""

    script: Path

    def start(self, arguments: Sequence[str], *, log: Path, mounts: Sequence[Path]) -> LocalProcess:
        environment = {**os.environ, "MODEL_NAME": "model", "MODEL_BASE_PATH": str(mounts[0])}
        command = ["unshare", "--pid", "--fork", "--kill-child", str(self.script), *arguments]
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        return LocalProcess(process=process, log=log)


@pytest.fixture
def entrypoint_server(launcher: Launcher, versions: Versions, tmp_path: Path) -> Iterator[Server]:
    if not isinstance(launcher, Binary):
        pytest.skip("needs a local binary; an image is judged on the cluster")
    versions.add(1)
    script = tmp_path / "tf_serving_entrypoint.sh"
    script.write_text(ENTRYPOINT.format(binary=launcher.path))
    script.chmod(0o755)
    server = running.start(InNamespace(script=script), [], log=tmp_path / "entrypoint.log", mounts=[tmp_path])
    try:
        server.wait_until_open()
        yield server
    finally:
        server.running.kill()


def test_arguments_after_the_entrypoints_own_win(entrypoint_server: Server) -> None:
    assert answer(entrypoint_server, "model") == 3.0


def test_sigterm_to_process_one_is_ignored_and_sigkill_ends_it_and_the_server(entrypoint_server: Server) -> None:
    started = entrypoint_server.running
    assert isinstance(started, LocalProcess)
    (bash,) = _children(started.process.pid)

    os.kill(bash, signal.SIGTERM)

    assert stays(lambda: answer(entrypoint_server, "model") == 3.0, for_s=1.0)
    os.kill(bash, signal.SIGKILL)
    eventually(lambda: not entrypoint_server.is_open(), timeout_s=5)
    assert entrypoint_server.wait_for_exit(5) != 0


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(pid)], check=True, capture_output=True, text=True).stdout
    return [int(line) for line in listed.split()]
