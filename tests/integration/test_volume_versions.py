"""Versions of a model in a volume of the real cluster: published through a pod while a server polls the directory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.integration.claims import CLAIM, drop_volume, make_claim
from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.testbed.fixtures import Cluster
from tests.testbed.process import run
from tfk8s.app.carry_out import World
from tfk8s.app.publication import local_version
from tfk8s.app.publisher import Publisher, PublisherSite
from tfk8s.app.volume_store import VolumeStore
from tfk8s.cli.wiring import model_servers
from tfk8s.clock import SystemClock
from tfk8s.cluster import connect
from tfk8s.errors import Tfk8sError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import labels_of, text_at
from tfk8s.ports import Endpoint, SilentReporter, VersionState
from tfk8s.render.publisher import publisher_labels

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

VOLUME: JsonObject = {"name": MODEL, "source": f"pvc://{CLAIM}/half", "versions": "all"}
QUIET = SilentReporter()


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    """A service whose claim is empty: its server waits for a first version."""
    node, path = next(iter(cluster.nodes)), f"/var/tfk8s-volumes/{namespace}"
    run(["docker", "exec", node, "mkdir", "-p", "-m", "0777", path], timeout_s=30)
    make_claim(cluster, namespace=namespace, path=path)
    try:
        with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
            made.write(model=VOLUME, resources={"cpu": "200m", "memory": "512Mi"})
            applied = made.run("apply", "--no-wait")
            assert applied.returncode == 0, applied.stderr
            yield made
    finally:
        drop_volume(cluster, namespace=namespace)
        run(["docker", "exec", node, "rm", "-rf", path], timeout_s=30)


def publisher(half: Service) -> Publisher:
    deployment = ObjectRef(api_version="apps/v1", kind="Deployment", namespace=half.namespace, name="half")
    world = World(cluster=connect(kubeconfig=half.cluster.kubeconfig), clock=SystemClock(), reporter=QUIET)
    return Publisher(PublisherSite(instance="half", deployment=deployment, claim=CLAIM), world=world)


def publish(half: Service, *, number: int, pod: Publisher) -> int:
    store = VolumeStore(pod, base_path="/volumes/models/half", place=f"pvc://{CLAIM}/half")
    staged = store.stage(local_version(half.folder / MODEL / str(number), number=number), reporter=QUIET)
    store.publish(staged)
    assert number in store.versions()
    return staged.sent_bytes


def states(half: Service) -> tuple[VersionState, ...]:
    """What the server says of the model; () while it has no version, and keeps its ports closed."""
    cluster = connect(kubeconfig=half.cluster.kubeconfig)
    pods = [pod for pod in half.objects("pod") if "publisher" not in text_at(pod, "metadata", "name")]
    name = text_at(pods[0], "metadata", "name")
    ref = ObjectRef(api_version="v1", kind="Pod", namespace=half.namespace, name=name)
    with suppress(Tfk8sError), cluster.forward(ref, port=8501) as port:
        endpoint = Endpoint(transport="rest", host="127.0.0.1", port=port, how="port-forward")
        with model_servers().connect(endpoint) as server:
            return server.status(MODEL)
    return ()


def available(half: Service, *numbers: int) -> Callable[[], bool]:
    return lambda: {state.number for state in states(half) if state.is_available} >= {*numbers}


def wait_until(holds: Callable[[], bool], *, timeout_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "time is up"
        time.sleep(0.5)


@contextmanager
def watched(half: Service) -> Iterator[list[VersionState]]:
    """Everything that the server says of version 2 meanwhile."""
    seen: list[VersionState] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.2):
            seen.extend(state for state in states(half) if state.number == 2)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        thread.join()


def test_a_version_in_a_volume_appears_whole_to_a_server_that_polls_it(half: Service) -> None:
    pod = publisher(half)
    with pod.kept():
        assert publish(half, number=1, pod=pod) > 0
        wait_until(available(half, 1))
        assert publish(half, number=1, pod=pod) == 0

        with watched(half) as seen:
            publish(half, number=2, pod=pod)
            wait_until(available(half, 1, 2))
            wait_until(lambda: any(state.is_available for state in seen))

        assert not [state for state in seen if state.has_failed]
        endpoints = half.objects("endpointslice")
        publishers = [
            item for item in half.objects("pod") if labels_of(item).items() >= publisher_labels("half").items()
        ]
        assert len(publishers) == 1
        assert text_at(publishers[0], "metadata", "name") not in str(endpoints)
    wait_until(lambda: not half.objects("job"))
