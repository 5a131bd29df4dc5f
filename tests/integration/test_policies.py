"""The NetworkPolicy of a service where somebody enforces it: who reaches the pods, and whom the pods reach."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.testbed.edge.fixtures import Edge
from tests.testbed.fixtures import Cluster, fresh_namespace
from tests.testbed.process import wait_until
from tests.testbed.progress import SetupError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.snapshot import name_of

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("expose")]

CLIENT = {"app": "client"}
STATUS = f"/v1/models/{MODEL}"
METRICS = "/monitoring/prometheus/metrics"
_TRY_S = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A pod that asks."""

    cluster: Cluster
    namespace: str
    name: str

    def shell(self, command: str) -> bool:
        """Whether a command in the pod succeeds."""
        words = ("exec", self.name, "--namespace", self.namespace, "--", "sh", "-c", command)
        try:
            self.cluster.kubectl(*words, timeout_s=PATIENCE_S)
        except SetupError as error:
            if "command terminated with exit code" not in str(error):
                raise
            return False
        return True

    def gets(self, address: str, path: str) -> bool:
        """Whether a page comes, over HTTP."""
        return self.shell(f"timeout {_TRY_S} wget -q -O /dev/null http://{address}:8501{path}")

    def connects(self, address: str, port: int) -> bool:
        """Whether a connection is made; its end of input closes it."""
        return self.shell(f"timeout {_TRY_S} nc {address} {port} </dev/null >/dev/null")


def caller(cluster: Cluster, namespace: str, *, name: str, labels: dict[str, str]) -> Caller:
    """Start a pod that asks."""
    container: JsonObject = {"name": "main", "image": cluster.busybox_image, "command": ["sleep", "900"]}
    body: JsonObject = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {**labels}},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]},
    }
    cluster.kubectl("create", "--filename=-", stdin=json.dumps(body))
    ready = ("wait", f"pod/{name}", "--for=condition=Ready", "--namespace", namespace, f"--timeout={PATIENCE_S:.0f}s")
    cluster.kubectl(*ready, timeout_s=PATIENCE_S + 10)
    return Caller(cluster=cluster, namespace=namespace, name=name)


@pytest.fixture
def half(
    tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path, policies: Edge
) -> Iterator[Service]:
    """A service that lets pods with a label in, and whoever is in the namespace of the monitoring."""
    del policies
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        yield made


def test_only_who_is_named_reaches_the_pods_and_the_pods_reach_nobody(
    half: Service, cluster: Cluster, request: pytest.FixtureRequest
) -> None:
    with fresh_namespace(cluster, request=request) as monitoring, fresh_namespace(cluster, request=request) as other:
        half.write(
            expose={"type": "ClusterIP", "ports": ["rest", "grpc"]},
            networkPolicy={"allowFrom": [{"podLabels": {**CLIENT}}, {"namespace": monitoring}]},
        )
        half.up()
        (pod,) = half.objects("pod")
        address = text_at(pod, "status", "podIP")
        client = caller(cluster, half.namespace, name="client", labels=CLIENT)
        scraper = caller(cluster, monitoring, name="scraper", labels={})
        strangers = [
            caller(cluster, half.namespace, name="stranger", labels={"app": "other"}),
            caller(cluster, other, name="client", labels=CLIENT),
        ]

        wait_until(lambda: client.gets(address, STATUS), timeout_s=PATIENCE_S, what="who is named to get in")
        wait_until(
            lambda: not any(stranger.gets(address, STATUS) for stranger in strangers),
            timeout_s=PATIENCE_S,
            what="strangers to be shut out",
        )
        wait_until(lambda: client.connects(address, 8500), timeout_s=PATIENCE_S, what="who is named, over gRPC")
        wait_until(lambda: scraper.gets(address, METRICS), timeout_s=PATIENCE_S, what="the monitoring to get in")
        for stranger in strangers:
            assert not stranger.gets(address, METRICS)
            assert not stranger.connects(address, 8500)
        out = Caller(cluster=cluster, namespace=half.namespace, name=name_of(pod))
        assert not out.shell(f"timeout {_TRY_S} bash -c '</dev/tcp/kubernetes.default.svc/443'")
        assert not out.shell(f"timeout {_TRY_S} bash -c '</dev/tcp/{_api_server(cluster)}/443'")
        assert half.run("status").returncode == 0, "we come in by the node, which is always let in"


def _api_server(cluster: Cluster) -> str:
    """The address of the API server's Service, which every other pod reaches."""
    form = "--output=jsonpath={.spec.clusterIP}"
    return cluster.kubectl("get", "service", "kubernetes", "--namespace=default", form)
