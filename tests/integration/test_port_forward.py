"""A port-forward on the real cluster: many connections, large answers, and a pod that dies."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.service import MODEL, Service, service
from tests.testbed.fixtures import Cluster, fresh_namespace
from tfk8s.cluster import KubernetesCluster, connect
from tfk8s.errors import PreconditionError
from tfk8s.manifest import Manifest, ObjectRef

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("port-forward")]

PORT = 8501


@pytest.fixture(scope="module")
def half(
    tmp_path_factory: pytest.TempPathFactory,
    cluster: Cluster,
    server_image: str,
    models: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Service]:
    """One service for the whole module: no test changes it, and its Deployment replaces a pod that is killed."""
    folder = tmp_path_factory.mktemp("port-forward")
    with (
        fresh_namespace(cluster, request=request) as namespace,
        service(folder, cluster=cluster, namespace=namespace, image=server_image, models=models) as made,
    ):
        made.up()
        yield made


def _pod(half: Service) -> ObjectRef:
    (pod,) = half.objects("pod")
    return Manifest.of(pod).ref


def _client(half: Service) -> KubernetesCluster:
    return connect(kubeconfig=half.cluster.kubeconfig)


def _ask(port: int, path: str = f"/v1/models/{MODEL}") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def test_one_forward_serves_many_connections_at_a_time(half: Service) -> None:
    with _client(half).forward(_pod(half), port=PORT) as port, ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: _ask(port), range(12)))

    assert codes == [200] * 12
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=2)


def test_one_connection_takes_several_requests_and_a_large_one(half: Service) -> None:
    body = '{"instances": [' + ",".join(["1.0"] * 300_000) + "]}"
    with _client(half).forward(_pod(half), port=PORT) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        sizes = []
        for _ in range(2):
            connection.request("POST", f"/v1/models/{MODEL}:predict", body=body)
            answer = connection.getresponse()
            assert answer.status == 200
            sizes.append(len(answer.read()))
        connection.close()

    assert sizes[0] == sizes[1] > 1_000_000


def test_a_pod_that_is_not_there_is_said_before_a_port_is_given_out(half: Service) -> None:
    nobody = ObjectRef(api_version="v1", kind="Pod", namespace=half.namespace, name="nobody")

    with pytest.raises(PreconditionError, match="Pod/nobody"), _client(half).forward(nobody, port=PORT):
        pass


def test_when_the_pod_dies_connections_end_at_once(half: Service) -> None:
    pod = _pod(half)
    with _client(half).forward(pod, port=PORT) as port:
        assert _ask(port) == 200
        held = socket.create_connection(("127.0.0.1", port), timeout=30)
        half.cluster.kubectl("-n", half.namespace, "delete", "pod", pod.name, "--force", "--grace-period=0")
        started = time.monotonic()
        held.settimeout(30)
        assert held.recv(1) == b""
        held.close()
        with pytest.raises((OSError, http.client.HTTPException)):
            _ask(port)

    assert time.monotonic() - started < 30
