"""`tfk8s bench` on a service of the cluster: reached past the API server, counted by its own pods too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.metrics import wait_for_numbers
from tests.integration.service import Service, service
from tests.testbed.fixtures import Cluster
from tfk8s.errors import OBJECTIVE_MISSED
from tfk8s.load import Bench, bench_of_json

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        yield made


def measured(half: Service, *arguments: str, code: int = 0) -> Bench:
    done = half.run("bench", "-o", "json", *arguments)
    assert done.returncode == code, done.stderr
    return bench_of_json(json.loads(done.stdout))


def test_the_pods_count_what_was_sent_and_the_metrics_api_tells_their_processor(half: Service) -> None:
    half.write(scaling={"replicas": 2}, resources={"cpu": "150m"}, expose={"type": "NodePort", "ports": ["rest"]})
    half.up()
    wait_for_numbers(half.cluster, of=f"namespaces/{half.namespace}/pods", count=2)

    bench = measured(half, "--rate", "10", "--duration", "90s")

    (step,) = bench.steps
    assert bench.reached.endswith("of a node")
    assert (bench.pods, step.pods_before, step.pods_after) == (2, 2, 2)
    assert (step.errors, step.unsent) == ({}, 0)
    assert step.server.answered == step.answered == step.sent
    assert sum(step.server.answered_by_pod.values()) == step.answered
    assert len(step.server.answered_by_pod) == 2
    assert min(step.server.answered_by_pod.values()) > 0
    assert step.server.cpu_cores is not None
    assert 0 < step.server.cpu_cores < 2
    assert bench.cpu_request_cores == 0.15


def test_a_service_inside_the_cluster_is_measured_through_a_port_forward_with_a_warning(half: Service) -> None:
    half.write(scaling={"min": 1, "max": 3, "metrics": [{"cpu": 60}]})
    half.up()

    bench = measured(half, "--rate", "5", "--duration", "5s", "--objective", "p50=1ms", code=OBJECTIVE_MISSED)

    assert bench.pods == 1
    assert bench.reached.startswith("port-forward to pod half-")
    assert bench.steps[0].server.answered == bench.steps[0].answered > 0
    assert any("through a port-forward" in note for note in bench.notes)
    assert any("an HPA may change the number of pods" in note and "1 to 3" in note for note in bench.notes)


def test_a_plan_names_service_context_and_bounds_and_sends_no_prediction(half: Service) -> None:
    half.write(scaling={"replicas": 1}, expose={"type": "NodePort", "ports": ["rest"]})
    half.up()

    done = half.run("bench", "--objective", "p99=1s", "--dry-run")

    assert done.returncode == 0, done.stderr
    assert f"load on {half.namespace}/half (context kind-" in done.stdout
    assert "at most 200,000 requests in 20 min" in done.stdout
    after = measured(half, "--rate", "5", "--duration", "2s")
    assert after.steps[0].server.answered == after.steps[0].answered
