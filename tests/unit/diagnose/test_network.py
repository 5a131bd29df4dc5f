"""Between a Service and its pods."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.diagnose.evidences import changed, codes_of, only, with_objects
from tfk8s.manifest import JsonObject


def policy(**spec: Any) -> JsonObject:
    return {"kind": "NetworkPolicy", "metadata": {"name": "wall"}, "spec": {"podSelector": {}, **spec}}


def test_no_service_is_told() -> None:
    def remove(data: Any) -> None:
        data["service"] = None

    assert codes_of(changed(remove)) == ["service-absent"]


def test_ready_pods_that_are_no_endpoints_are_told() -> None:
    def empty(data: Any) -> None:
        data["endpointSlices"] = []

    assert codes_of(changed(empty)) == ["service-empty"]


CLOSED: list[tuple[JsonObject, list[str]]] = [
    (policy(policyTypes=["Ingress"]), ["policy-closed"]),
    (policy(ingress=[{"ports": [{"port": 80}]}]), ["policy-closed"]),
    (policy(ingress=[{}]), []),
    (policy(ingress=[{"ports": [{"port": 8501}]}]), []),
    (policy(ingress=[{"ports": [{"port": "rest"}]}]), []),
    (policy(ingress=[{"ports": [{"port": 8000, "endPort": 9000}]}]), []),
    (policy(podSelector={"matchLabels": {"app": "other"}}, policyTypes=["Ingress"]), []),
    (policy(policyTypes=["Egress"]), []),
]


@pytest.mark.parametrize(("body", "expected"), CLOSED)
def test_a_policy_is_told_when_it_lets_nobody_to_the_serving_port(body: JsonObject, expected: list[str]) -> None:
    assert codes_of(with_objects("policies", body)) == expected


def test_policies_add_up_so_one_that_lets_in_is_enough() -> None:
    wall, door = policy(policyTypes=["Ingress"]), policy(ingress=[{"ports": [{"port": 8501}]}])

    assert codes_of(with_objects("policies", wall, door)) == []


@pytest.mark.parametrize(
    ("egress", "expected"), [([], ["egress-closed"]), ([{}], []), ([{"ports": [{"port": 53}]}], [])]
)
def test_a_closed_way_out_is_told_of_a_model_in_a_bucket(egress: list[JsonObject], expected: list[str]) -> None:
    def read_bucket(data: Any) -> None:
        (lines,) = data["logs"].values()
        lines.append("I Reading SavedModel from: gs://b/m/1")
        data["objects"]["policies"] = [policy(policyTypes=["Egress"], egress=egress)]

    assert codes_of(changed(read_bucket)) == expected


def test_a_service_whose_port_has_another_name_than_the_containers_is_told() -> None:
    def rename(data: Any) -> None:
        data["service"]["spec"]["ports"][0]["targetPort"] = "http"

    assert "leads to http" in only(changed(rename), "service-port").cause


def test_a_service_without_a_selector_has_endpoints_of_somebody_elses_making() -> None:
    def clear(data: Any) -> None:
        data["service"]["spec"].pop("selector")

    assert codes_of(changed(clear)) == []


@pytest.mark.parametrize("target", [["http"], {"port": 8501}, True])
def test_a_port_that_leads_to_no_name_and_no_number_is_told(target: Any) -> None:
    def odd(data: Any) -> None:
        data["service"]["spec"]["ports"][0]["targetPort"] = target

    assert codes_of(changed(odd)) == ["service-port"]
