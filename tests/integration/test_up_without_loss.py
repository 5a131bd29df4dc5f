"""No request is lost while pods are replaced or removed: constant load over REST and gRPC (K20.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.demo.load import LOOPBACK, Bounds, Load, rest, running
from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.testbed.fixtures import Cluster
from tests.testbed.process import wait_until
from tfk8s.ports import Endpoint, Latest, PredictRequest, Rows
from tfk8s.serving.connect import ModelServerClients

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("host ports")]

BOUNDS = Bounds(seconds=800, requests=4000, workers=4, rate_per_s=5)  # longer than what happens under it
DRAIN_S = 5 + 11 + 5  # drain, renewal of gRPC connections, the longest request


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        yield made


def _spec(half: Service, *, versions: list[int], replicas: int) -> None:
    rest_port, grpc_port = half.cluster.host_ports
    half.write(
        model={"name": MODEL, "source": f"./{MODEL}", "versions": [*versions]},
        scaling={"replicas": replicas},
        expose={
            "type": "NodePort",
            "ports": ["rest", "grpc"],
            "nodePorts": {"rest": rest_port, "grpc": grpc_port},
        },
    )


@contextmanager
def _both_loads(half: Service) -> Iterator[tuple[Load, Load]]:
    rest_port, grpc_port = half.cluster.host_ports
    over_rest = Load(
        rest(f"http://{LOOPBACK}:{rest_port}/v1/models/{MODEL}:predict", b'{"instances": [2.0]}'), bounds=BOUNDS
    )
    endpoint = Endpoint(transport="grpc", host=LOOPBACK, port=grpc_port, how="node port")
    with ModelServerClients().connect(endpoint) as server:
        signature = server.metadata(MODEL, target=Latest()).signatures[0]
        request = PredictRequest(model=MODEL, signature=signature, body=Rows(instances=[2.0]))
        over_grpc = Load(lambda: server.predict(request), bounds=BOUNDS)
        with running(over_rest), running(over_grpc):
            yield over_rest, over_grpc


def _pods(half: Service) -> dict[str, str | None]:
    """Names of the pods, each with its deletionTimestamp: the time at which the grace of a stopping pod is over."""
    found: dict[str, str | None] = {}
    for pod in half.objects("pod"):
        metadata = pod["metadata"]
        assert isinstance(metadata, dict)
        ends = metadata.get("deletionTimestamp")
        found[str(metadata["name"])] = str(ends) if ends else None
    return found


def _lateness_s(half: Service, *, replaced: set[str]) -> float:
    """Wait until none of these pods is left; returns the seconds by which the last outlived its grace."""
    ends: list[str] = []

    def are_gone() -> bool:
        left = {name: end for name, end in _pods(half).items() if name in replaced}
        ends.extend(end for end in left.values() if end)
        return not left

    wait_until(are_gone, timeout_s=DRAIN_S + PATIENCE_S, what=f"the end of {', '.join(replaced)}", interval_s=0.3)
    last = datetime.fromisoformat(max(ends).replace("Z", "+00:00"))
    return (datetime.now(timezone.utc) - last).total_seconds()


def _check(loads: tuple[Load, Load]) -> None:
    for load in loads:
        assert load.failures == []
        assert load.answered > 50


def test_no_request_is_lost_while_a_new_version_rolls_out(half: Service) -> None:
    """K20.2, K20.3."""
    _spec(half, versions=[1], replicas=1)
    half.up()
    before = set(_pods(half))

    with _both_loads(half) as loads:
        _spec(half, versions=[2], replicas=1)
        result = half.up()
        late_s = _lateness_s(half, replaced=before)

    answers = result["answers"]
    assert answers == ["a prediction was answered by version 2 (signature serving_default)"]
    assert late_s < 5, late_s
    _check(loads)


def test_no_request_is_lost_while_pods_are_removed(half: Service) -> None:
    """K20.2, K20.3."""
    _spec(half, versions=[1], replicas=2)
    half.up()
    before = set(_pods(half))

    with _both_loads(half) as loads:
        _spec(half, versions=[1], replicas=1)
        half.up()
        wait_until(lambda: any(_pods(half).values()), timeout_s=PATIENCE_S, what="a pod that goes", interval_s=0.3)
        leaving = {name for name, end in _pods(half).items() if end}
        late_s = _lateness_s(half, replaced=leaving)

    assert set(_pods(half)) == before - leaving
    assert len(leaving) == 1
    assert late_s < 5, late_s
    _check(loads)
