"""YAML snippets in, what is missing out."""

from __future__ import annotations

import yaml

from tfk8s.manifest import JsonObject
from tfk8s.rollout.fronts import balancer_addresses, gateway_addresses, gateway_missing, route_missing

GATEWAY = """
metadata: {name: resnet, generation: 2}
status:
  addresses: [{type: IPAddress, value: 203.0.113.7}, {type: Hostname, value: lb.example.com}, {}]
  conditions:
  - {type: Accepted, status: "True", observedGeneration: 2}
  - {type: Programmed, status: "True", observedGeneration: 2}
  listeners:
  - name: https
    conditions:
    - {type: ResolvedRefs, status: "False", reason: InvalidCertificateRef, message: no tls, observedGeneration: 2}
  - name: http
    conditions:
    - {type: ResolvedRefs, status: "True", observedGeneration: 2}
"""
ROUTE = """
kind: HTTPRoute
metadata: {name: resnet, generation: 1}
status:
  parents:
  - parentRef: {name: resnet}
    conditions: [{type: Accepted, status: "True"}, {type: ResolvedRefs, status: "True"}]
  - parentRef: {name: other}
    conditions: [{type: Accepted, status: "False", reason: NotAllowedByListeners}]
"""


def read(text: str) -> JsonObject:
    value = yaml.safe_load(text)
    assert isinstance(value, dict)
    return value


def test_addresses_are_numbers_and_names() -> None:
    assert gateway_addresses(read(GATEWAY)) == ("203.0.113.7", "lb.example.com")
    balanced = read("status: {loadBalancer: {ingress: [{hostname: lb.example.com}, {ip: 203.0.113.7}, {}]}}")
    assert balancer_addresses(balanced) == ("lb.example.com", "203.0.113.7")
    assert balancer_addresses({}) == gateway_addresses({}) == ()


def test_only_the_listener_that_routes_join_matters() -> None:
    missing = "Gateway/resnet, listener https: ResolvedRefs is False (InvalidCertificateRef: no tls)"

    assert gateway_missing(read(GATEWAY), section="https") == (missing,)
    assert gateway_missing(read(GATEWAY), section="") == (missing,)
    assert gateway_missing(read(GATEWAY), section="http") == ()


def test_conditions_of_an_older_generation_say_nothing() -> None:
    gateway = read(GATEWAY.replace("generation: 2}", "generation: 3}", 1))

    assert gateway_missing(gateway, section="none") == ("Gateway/resnet: no controller has taken it yet",)


def test_a_gateway_that_is_not_programmed_says_why() -> None:
    gateway = read(
        "{metadata: {name: a, generation: 1}, status: {conditions: [{type: Accepted, status: 'True'}, "
        "{type: Programmed, status: Unknown, reason: Pending, message: Waiting for controller}]}}"
    )

    assert gateway_missing(gateway, section="") == (
        "Gateway/a: Programmed is Unknown (Pending: Waiting for controller)",
    )


def test_a_route_counts_what_its_own_gateway_says() -> None:
    assert route_missing(read(ROUTE), gateway="resnet") == ()
    assert route_missing(read(ROUTE), gateway="other") == (
        "HTTPRoute/resnet: Accepted is False (NotAllowedByListeners)",
    )
    assert route_missing(read(ROUTE), gateway="third") == ("HTTPRoute/resnet: no controller has taken it yet",)
