"""The way to a Service: its own address, else a port-forward to a ready pod."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import pytest

from tfk8s.app.reach import ClusterReach
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, JsonValue, Manifest, ObjectRef
from tfk8s.plan.observation import Prediction
from tfk8s.ports import Transport
from tfk8s.ports.cluster import ApplyOptions, ClusterIdentity, CommandResult, LogQuery, ObjectQuery, PodCommand
from tfk8s.ports.logs import LogStream, LogStreamQuery
from tfk8s.rights import Right

SERVICE = ObjectRef(api_version="v1", kind="Service", namespace="serving", name="resnet")


class OneService:
    """A cluster that has a Service and pods, and keeps which port of which pod was forwarded."""

    identity = ClusterIdentity(context="kind-test", server="https://127.0.0.1:6443")

    def __init__(self, service: JsonObject | None, *, pods: tuple[JsonObject, ...] = ()) -> None:
        self.service = service
        self.pods = pods
        self.forwarded: list[tuple[str, int]] = []
        self.open_forwards = 0

    def release(self) -> str:
        raise NotImplementedError

    def user(self) -> str:
        raise NotImplementedError

    def serves(self, *, api_version: str, kind: str) -> bool:
        raise NotImplementedError

    def get(self, ref: ObjectRef) -> JsonObject | None:
        return self.service if ref == SERVICE else None

    def list(self, query: ObjectQuery) -> tuple[JsonObject, ...]:
        assert query == ObjectQuery(api_version="v1", kind="Pod", namespace="serving", labels={"app": "resnet"})
        return self.pods

    def dry_run(self, manifest: Manifest, *, options: ApplyOptions | None = None) -> Prediction:
        raise NotImplementedError

    def reassign(self, ref: ObjectRef, *, fields: Sequence[JsonValue], version: str) -> bool:
        raise NotImplementedError

    def lacking(self, rights: Iterable[Right]) -> tuple[Right, ...]:
        raise NotImplementedError

    def dry_run_replace(self, manifest: Manifest, *, live: JsonObject) -> Prediction:
        raise NotImplementedError

    def apply(self, manifest: Manifest, *, options: ApplyOptions | None = None) -> JsonObject:
        raise NotImplementedError

    def delete(self, ref: ObjectRef, *, uid: str | None = None) -> bool:
        raise NotImplementedError

    def open_log(self, pod: ObjectRef, *, query: LogStreamQuery) -> LogStream | None:
        raise NotImplementedError

    def logs(self, pod: ObjectRef, *, query: LogQuery) -> tuple[str, ...]:
        raise NotImplementedError

    def run_in(self, pod: ObjectRef, *, command: PodCommand) -> CommandResult:
        raise NotImplementedError

    def forward(self, pod: ObjectRef, *, port: int) -> AbstractContextManager[int]:
        return self._forward(pod, port)

    @contextmanager
    def _forward(self, pod: ObjectRef, port: int) -> Iterator[int]:
        self.forwarded.append((pod.name, port))
        self.open_forwards += 1
        yield 40_000
        self.open_forwards -= 1


class KnownAddresses:
    def __init__(self, *addresses: tuple[str, int]) -> None:
        self.addresses = addresses

    def can_connect(self, host: str, port: int) -> bool:
        return (host, port) in self.addresses


def service(
    *, kind: str = "ClusterIP", ports: list[JsonValue] | None = None, ingress: list[JsonValue] | None = None
) -> JsonObject:
    usual: list[JsonValue] = [{"name": "rest", "port": 8501, "targetPort": "rest"}]
    return {
        "spec": {"type": kind, "selector": {"app": "resnet"}, "ports": usual if ports is None else ports},
        "status": {"loadBalancer": {"ingress": ingress or []}},
    }


def pod(name: str, *, ready: str = "True", leaving: bool = False, rest_port: int = 8501) -> JsonObject:
    metadata: JsonObject = {"name": name}
    if leaving:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {
        "metadata": metadata,
        "spec": {"containers": [{"ports": [{"name": "rest", "containerPort": rest_port}]}]},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def opened(cluster: OneService, dialer: KnownAddresses, *, transport: Transport = "rest") -> tuple[str, int, str]:
    with ClusterReach(cluster, dialer=dialer).open(SERVICE, transport=transport) as endpoint:
        assert endpoint.transport == transport
        assert cluster.open_forwards == len(cluster.forwarded)
        seen = (endpoint.host, endpoint.port, endpoint.how)
    assert cluster.open_forwards == 0
    return seen


def test_a_load_balancers_address_is_used_when_it_answers() -> None:
    cluster = OneService(service(kind="LoadBalancer", ingress=[{"hostname": "lb.example"}, {"ip": "127.0.0.9"}]))

    assert opened(cluster, KnownAddresses(("127.0.0.9", 8501))) == ("127.0.0.9", 8501, "address of the load balancer")
    assert cluster.forwarded == []


@pytest.mark.parametrize("ingress", [[], [{"ip": "127.0.0.9"}]])
def test_without_an_address_that_answers_a_ready_pod_is_forwarded_to(ingress: list[JsonValue]) -> None:
    pods = (pod("a", ready="False"), pod("b", leaving=True), pod("d"), pod("c", rest_port=9000))
    cluster = OneService(service(kind="LoadBalancer", ingress=ingress), pods=pods)

    assert opened(cluster, KnownAddresses()) == ("127.0.0.1", 40_000, "port-forward to pod c")
    assert cluster.forwarded == [("c", 9000)]


def test_a_port_that_the_service_does_not_lead_to_is_still_reached_in_the_pod() -> None:
    cluster = OneService(service(), pods=(pod("a"),))

    opened(cluster, KnownAddresses(), transport="grpc")

    assert cluster.forwarded == [("a", 8500)]


def test_a_service_that_somebody_else_wrote_is_understood_by_its_port_numbers() -> None:
    ports: list[JsonValue] = [{"name": "http", "port": 80, "targetPort": 8501}]
    cluster = OneService(service(kind="LoadBalancer", ports=ports, ingress=[{"ip": "127.0.0.9"}]), pods=(pod("a"),))

    assert opened(cluster, KnownAddresses(("127.0.0.9", 80)))[:2] == ("127.0.0.9", 80)
    opened(cluster, KnownAddresses())
    assert cluster.forwarded == [("a", 8501)]


def test_a_node_port_on_this_computer_is_not_trusted() -> None:
    ports: list[JsonValue] = [{"name": "rest", "port": 8501, "targetPort": "rest", "nodePort": 30080}]
    cluster = OneService(service(kind="NodePort", ports=ports), pods=(pod("a"),))

    assert opened(cluster, KnownAddresses(("127.0.0.1", 30080)))[2] == "port-forward to pod a"


@pytest.mark.parametrize(
    ("cluster", "words"),
    [
        (OneService(None), r"no Service/resnet in serving on context kind-test"),
        (OneService(service()), "there is no pod behind"),
        (OneService(service(), pods=(pod("a", ready="False"),)), "none of the 1 pods"),
        (OneService({"spec": {}}), "selects no pods"),
    ],
)
def test_a_service_that_cannot_be_reached_says_what_is_missing(cluster: OneService, words: str) -> None:
    with (
        pytest.raises(PreconditionError, match=words) as caught,
        ClusterReach(cluster, dialer=KnownAddresses()).open(SERVICE, transport="rest"),
    ):
        pass

    assert caught.value.hint
