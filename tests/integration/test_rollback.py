"""`tfk8s rollback` on the real cluster, under load: no request is lost, and Git and cluster agree after it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.load import LOOPBACK, Bounds, Load, rest, running
from tests.integration.service import MODEL, Service, service
from tests.testbed.fixtures import Cluster

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("host ports")]

BOUNDS = Bounds(seconds=800, requests=4000, workers=4, rate_per_s=5)  # longer than what happens under it


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        yield made


def _release(half: Service, version: int) -> None:
    half.write(
        model={"name": MODEL, "source": f"./{MODEL}", "versions": [version]},
        expose={"type": "NodePort", "ports": ["rest"], "nodePorts": {"rest": half.cluster.host_ports[0]}},
    )
    _git(half, "init", "-q")
    _git(half, "add", "tfk8s.yaml")
    _git(half, "commit", "-q", "-m", f"version {version}")
    half.up()


def _git(half: Service, *arguments: str) -> str:
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.test", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(half.folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_no_request_is_lost_in_a_rollback_and_it_lasts(half: Service) -> None:
    _release(half, 1)
    _release(half, 2)
    url = f"http://{LOOPBACK}:{half.cluster.host_ports[0]}/v1/models/{MODEL}:predict"

    with running(Load(rest(url, b'{"instances": [2.0]}'), bounds=BOUNDS)) as load:
        back = half.run("rollback", "-o", "json")
    drift = half.run("drift")
    again = half.run("rollback", "-o", "json")
    history = json.loads(half.run("history", "-o", "json").stdout)

    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["answers"] == ["a prediction was answered by version 1 (signature serving_default)"]
    assert load.failures == []
    assert load.answered > 20
    assert _git(half, "diff", "--stat", "HEAD~1") == ""
    assert drift.returncode == 0, drift.stdout + drift.stderr
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["changed"] == []
    assert [(item["release"], item["restores"]) for item in history["releases"]] == [(3, 1), (2, None), (1, None)]
