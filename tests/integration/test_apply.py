"""`tfk8s apply` on the real cluster: what a broken revision looks like, the way back, and who counts the replicas."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.service import MODEL, Service, service
from tests.integration.watched import every_count
from tests.testbed.fixtures import Cluster

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

EARLY_S = 60.0


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.up()
        yield made


def _fails(half: Service, *arguments: str, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Apply a broken revision: early, with exit code 6 and the reason, and the old revision answers afterwards."""
    started = time.monotonic()
    broken = half.run("apply", "--rollback-timeout", "120", *arguments)
    took_s = time.monotonic() - started

    assert broken.returncode == 6, broken.stderr
    assert "Traceback" not in broken.stderr
    for word in words:
        assert word.lower() in broken.stderr.lower(), broken.stderr
    assert "rolled back to release 1, which answers predictions" in broken.stderr
    assert took_s < EARLY_S + 60, broken.stderr
    assert half.run("diff", "--exit-code").returncode == (10 if not arguments else 0)
    return broken


def test_an_image_that_cannot_be_pulled(half: Service) -> None:
    _fails(half, "--image", "example.invalid/nothing:1", words=("ImagePull", "example.invalid/nothing:1", "event "))


def test_a_model_that_is_not_in_the_image_fails_early_with_its_path(half: Service) -> None:
    started = time.monotonic()

    broken = half.run("apply", "--no-rollback", "--image", half.image)

    assert broken.returncode == 6, broken.stderr
    assert time.monotonic() - started < EARLY_S
    assert f"/models/{MODEL}" in broken.stderr
    assert "model.source" in broken.stderr
    assert "left as it is" in broken.stderr
    status = json.loads(half.run("status", "-o", "json").stdout)
    assert {finding["code"] for finding in status["findings"]} & {"model-path", "model-versions"}
    assert half.run("apply").returncode == 0


def test_a_model_with_an_operation_that_the_server_lacks_fails_with_its_name(half: Service) -> None:
    """Long before the retries of the load are over; the last good model comes back."""
    graph = half.folder / MODEL / "1" / "saved_model.pb"
    graph.write_bytes(graph.read_bytes().replace(b"AddV2", b"AddVQ"))
    started = time.monotonic()

    broken = half.run("up")

    assert broken.returncode == 6, broken.stderr
    assert "the model uses the operation AddVQ, which this model server does not have" in broken.stderr
    assert "rolled back to release 1, which answers predictions" in broken.stderr
    assert time.monotonic() - started < EARLY_S + 60


def test_a_request_that_no_node_can_meet_is_told_before_and_after(half: Service) -> None:
    half.write(resources={"cpu": 64, "memory": "700Mi"})

    broken = _fails(
        half, words=("requests cpu 64, and the largest node offers", "no node can take it", "Insufficient cpu")
    )

    assert broken.stderr.index("largest node") < broken.stderr.index("no node can take it")


def test_memory_that_runs_out(half: Service) -> None:
    half.write(resources={"cpu": "200m", "memory": "80Mi"})

    _fails(half, words=("out of memory", "resources.memory"))


def test_a_quota_that_refuses_new_pods(half: Service) -> None:
    half.cluster.kubectl("-n", half.namespace, "create", "quota", "few", "--hard=pods=1")
    half.write(labels={"team": "vision"}, serving={"requestTimeoutSeconds": 6})

    _fails(half, words=("exceeded quota: few", "pods"))


def test_status_asks_each_pod_for_its_versions(half: Service) -> None:
    done = half.run("status", "-o", "json")
    text = half.run("status")

    status = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert status["state"] == "complete"
    assert [pod["versions"] for pod in status["pods"]] == [{MODEL: [{"version": 1, "state": "AVAILABLE", "error": ""}]}]
    assert all(item["present"] for item in status["objects"])
    assert f"configured: {MODEL}: versions 1" in text.stdout
    assert re.search(rf"^half-\S+ +{MODEL} +1 +AVAILABLE", text.stdout, flags=re.MULTILINE)


def test_autoscaling_on_and_off_never_drops_a_pod(half: Service) -> None:
    half.write(scaling={"replicas": 2}, resources={"cpu": "50m", "memory": "600Mi"})
    assert half.run("apply").returncode == 0

    with every_count(half, ".status.readyReplicas") as counts:
        half.write(scaling={"min": 2, "max": 3, "metrics": [{"cpu": 90}]}, resources={"cpu": "50m", "memory": "600Mi"})
        on = half.run("apply")
        half.write(scaling={"replicas": 2}, resources={"cpu": "50m", "memory": "600Mi"})
        off = half.run("apply")

    assert on.returncode == 0, on.stderr
    assert off.returncode == 0, off.stderr
    assert "hand-over" in on.stderr
    assert len(counts) > 3
    assert min(counts) >= 2
