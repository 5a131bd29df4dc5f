from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.fakes.cluster import FakeCluster
from tfk8s.app.node_reach import NodePortReach
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.ports import Endpoint, Transport

SERVICE = ObjectRef(api_version="v1", kind="Service", namespace="serving", name="resnet")


@dataclass
class Dialer:
    reachable: set[str] = field(default_factory=set)
    tried: list[str] = field(default_factory=list)

    def can_connect(self, host: str, port: int) -> bool:
        self.tried.append(f"{host}:{port}")
        return host in self.reachable


class Otherwise:
    @contextmanager
    def open(self, service: ObjectRef, *, transport: Transport) -> Iterator[Endpoint]:
        del service
        yield Endpoint(transport=transport, host="127.0.0.1", port=1, how="port-forward to pod resnet-a")


def a_node(name: str, **addresses: str) -> JsonObject:
    listed: list[JsonObject] = [{"type": kind, "address": address} for kind, address in addresses.items()]
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": {"addresses": [*listed]}}


def opened(
    dialer: Dialer, *nodes: JsonObject, node_port: int = 30123, forbidden: bool = False, balancer: str = ""
) -> str:
    cluster = FakeCluster()
    port: JsonObject = {"name": "rest", "port": 8501, **({"nodePort": node_port} if node_port else {})}
    metadata: JsonObject = {"name": "resnet", "namespace": "serving"}
    service: JsonObject = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [port]}}
    if balancer:
        service["spec"] = {"type": "LoadBalancer", "ports": [port]}
        service["status"] = {"loadBalancer": {"ingress": [{"ip": balancer}]}}
    cluster.put(service)
    for node in nodes:
        cluster.put(node)
    cluster.forbidden = frozenset({"Node"} if forbidden else ())
    with NodePortReach(cluster, dialer=dialer, otherwise=Otherwise()).open(SERVICE, transport="rest") as endpoint:
        return f"{endpoint.authority}, {endpoint.how}"


def test_a_port_of_a_node_that_answers_is_taken() -> None:
    dialer = Dialer(reachable={"10.0.0.2"})

    found = opened(dialer, a_node("a", InternalIP="10.0.0.1"), a_node("b", InternalIP="10.0.0.2"))

    assert found == "10.0.0.2:30123, port 30123 of a node"
    assert dialer.tried == ["10.0.0.1:30123", "10.0.0.2:30123"]


def test_an_address_outside_comes_before_one_inside() -> None:
    dialer = Dialer(reachable={"10.0.0.1", "192.0.2.1"})

    assert opened(dialer, a_node("a", InternalIP="10.0.0.1", ExternalIP="192.0.2.1")).startswith("192.0.2.1:")


@pytest.mark.parametrize(
    ("node_port", "forbidden", "reachable"), [(0, False, "10.0.0.1"), (30123, True, "10.0.0.1"), (30123, False, "")]
)
def test_without_a_port_a_right_or_an_answer_the_other_way_is_taken(
    node_port: int, forbidden: bool, reachable: str
) -> None:
    dialer = Dialer(reachable={reachable})

    found = opened(dialer, a_node("a", InternalIP="10.0.0.1"), node_port=node_port, forbidden=forbidden)

    assert found.endswith("port-forward to pod resnet-a")


@pytest.mark.parametrize(
    ("reachable", "found"),
    [
        ({"192.0.2.7", "10.0.0.1"}, "192.0.2.7:8501, address of the load balancer"),
        ({"10.0.0.1"}, "10.0.0.1:30123, port 30123 of a node"),
    ],
)
def test_the_load_balancer_that_clients_use_comes_before_the_ports_that_its_service_has_too(
    reachable: set[str], found: str
) -> None:
    assert opened(Dialer(reachable=reachable), a_node("a", InternalIP="10.0.0.1"), balancer="192.0.2.7") == found


def test_this_computers_own_addresses_and_names_are_not_tried() -> None:
    dialer = Dialer(reachable={"127.0.0.1", "::1", "node-a"})

    opened(dialer, a_node("a", InternalIP="127.0.0.1", ExternalIP="::1"), a_node("b", InternalIP="node-a"))

    assert dialer.tried == []


def test_no_more_than_a_few_nodes_are_tried() -> None:
    dialer = Dialer()

    opened(dialer, *(a_node(f"n{number}", InternalIP=f"10.0.0.{number}") for number in range(1, 9)))

    assert len(dialer.tried) == 3
