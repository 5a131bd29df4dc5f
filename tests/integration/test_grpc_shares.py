"""Which pods get the requests of gRPC clients, whose connections live long: shares, and pods that are added."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.testbed.fixtures import Cluster
from tests.testbed.kindconfig import HOST_PORTS
from tests.testbed.process import wait_until
from tfk8s.load import Outcome, Phase, schedule
from tfk8s.manifest.snapshot import is_leaving, is_ready, name_of
from tfk8s.ports import Endpoint, Latest, PredictRequest, Rows
from tfk8s.ports.load import LoadLimits, LoadSender
from tfk8s.render.timing import CONNECTION_AGE_JITTER, CONNECTION_AGE_S
from tfk8s.serving.connect import ModelServerClients
from tfk8s.serving.load import LoadClients
from tfk8s.serving.metrics import traffic_of

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("host ports")]

GRPC_PORT = HOST_PORTS[1]
LEAST_SHARE = 0.2
ROUNDS = 4
"""Ages of a connection within which new pods are asked: each of eight connections chooses among three pods anew every
time, so that all of them miss one of two new pods once in 200 000 times."""


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        yield made


def write(half: Service, *, replicas: int) -> None:
    half.write(
        scaling={"replicas": replicas},
        resources={"cpu": "150m"},
        expose={"type": "NodePort", "ports": ["rest", "grpc"], "nodePorts": {"grpc": GRPC_PORT}},
    )


def ready_pods(half: Service) -> list[str]:
    return [name_of(pod) for pod in half.objects("pods") if is_ready(pod) and not is_leaving(pod)]


def answered(half: Service, pod: str) -> int:
    """Predictions that a pod's server counts; probes are none."""
    path = f"/api/v1/namespaces/{half.namespace}/pods/{pod}:8501/proxy/monitoring/prometheus/metrics"
    return traffic_of(half.cluster.kubectl("get", "--raw", path), model=MODEL).answered


def test_each_of_three_pods_gets_its_part_of_a_client_that_renews_its_connections(half: Service) -> None:  # K22.2
    write(half, replicas=3)
    half.up()

    words = ("--protocol", "grpc", "--rate", "15", "--duration", "30s", "--renew", "1s", "-o", "json")
    done = half.run("bench", *words)

    assert done.returncode == 0, done.stderr
    counted = json.loads(done.stdout)["steps"][0]["server"]["answered_by_pod"]
    total = sum(counted.values())
    assert total > 300
    assert sorted(counted) == sorted(ready_pods(half))
    assert min(counted.values()) >= LEAST_SHARE * total, counted


def test_pods_that_are_added_are_asked_by_clients_that_keep_their_connections(half: Service) -> None:  # K22.3
    write(half, replicas=1)
    half.up()
    first = ready_pods(half)
    with keep_asking() as outcomes:
        check_added_pods(half, first=first)

    assert outcomes
    assert not [outcome.failure for outcome in outcomes if outcome.failure]


def check_added_pods(half: Service, *, first: list[str]) -> None:
    write(half, replicas=3)
    assert half.run("apply").returncode == 0
    wait_until(lambda: len(ready_pods(half)) == 3, timeout_s=PATIENCE_S, what="three ready pods", interval_s=0.5)
    added = [name for name in ready_pods(half) if name not in first]
    age_s = CONNECTION_AGE_S * CONNECTION_AGE_JITTER
    wait_until(
        lambda: all(answered(half, name) > 0 for name in added),
        timeout_s=ROUNDS * age_s,
        what=f"predictions of {added}, though nobody renews connections but the server",
        interval_s=1,
    )


@contextmanager
def keep_asking() -> Iterator[list[Outcome]]:
    """A client with eight connections that it never renews itself, while the body runs."""
    endpoint = Endpoint(transport="grpc", host="127.0.0.1", port=GRPC_PORT, how="node port")
    with ModelServerClients().connect(endpoint) as server:
        signature = server.metadata(MODEL, target=Latest()).signatures[0]
    senders = LoadClients()
    request = senders.encode(
        PredictRequest(model=MODEL, signature=signature, body=Rows(instances=[2.0])), transport="grpc"
    )
    outcomes: list[Outcome] = []
    end = threading.Event()

    def ask(sender: LoadSender) -> None:
        while not end.is_set():
            outcomes.extend(sender.send((request,), schedule=schedule((Phase(rps=10, seconds=2),))))

    with senders.connect(endpoint, limits=LoadLimits(channels=8)) as sender:
        load = threading.Thread(target=ask, args=(sender,))
        load.start()
        try:
            yield outcomes
        finally:
            end.set()
            load.join()
