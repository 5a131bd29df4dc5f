"""Claims, nodes, budgets, load balancers, Ingresses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.diagnose.evidences import changed, codes_of, only, recorded, with_objects
from tfk8s.manifest import JsonObject


def claim(phase: str) -> JsonObject:
    spec: JsonObject = {"volumeName": "pv-1", "storageClassName": "fast"}
    return {"kind": "PersistentVolumeClaim", "metadata": {"name": "models"}, "spec": spec, "status": {"phase": phase}}


@pytest.mark.parametrize(
    ("phase", "mounted", "expected"),
    [
        ("Lost", True, ["claim-lost"]),
        ("Pending", True, ["claim-pending"]),
        ("Bound", True, []),
        ("Lost", False, []),
    ],
)
def test_a_claim_without_its_volume_is_told_when_pods_mount_it(phase: str, mounted: bool, expected: list[str]) -> None:
    def mount(data: Any) -> None:
        volume = {"name": "m", "persistentVolumeClaim": {"claimName": "models" if mounted else "other"}}
        data["deployment"]["spec"]["template"]["spec"]["volumes"].append(volume)
        data["objects"]["claims"] = [claim(phase)]

    assert codes_of(changed(mount)) == expected


def test_a_claim_that_waits_for_its_first_pod_is_no_fault() -> None:
    def wait(data: Any) -> None:
        volume = {"name": "m", "persistentVolumeClaim": {"claimName": "models"}}
        data["deployment"]["spec"]["template"]["spec"]["volumes"].append(volume)
        data["objects"]["claims"] = [claim("Pending")]
        involved = {"kind": "PersistentVolumeClaim", "name": "models"}
        data["events"].append({"reason": "WaitForFirstConsumer", "message": "waiting", "involvedObject": involved})

    assert codes_of(changed(wait)) == []


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("DiskPressure", "True", ["node-pressure"]),
        ("MemoryPressure", "True", ["node-pressure"]),
        ("Ready", "Unknown", ["node-down"]),
        ("DiskPressure", "False", []),
    ],
)
def test_a_node_that_is_short_or_gone_is_told_when_pods_run_on_it(kind: str, status: str, expected: list[str]) -> None:
    def press(data: Any) -> None:
        (node,) = data["objects"]["nodes"]
        (condition,) = (each for each in node["status"]["conditions"] if each["type"] == kind)
        condition["status"] = status

    assert codes_of(changed(press)) == expected


def test_a_node_without_pods_of_the_service_is_not_its_matter() -> None:
    def press(data: Any) -> None:
        (node,) = data["objects"]["nodes"]
        node["metadata"]["name"] = "another"
        for condition in node["status"]["conditions"]:
            condition["status"] = "Unknown"

    assert codes_of(changed(press)) == []


@pytest.mark.parametrize(("allowed", "healthy", "expected"), [(0, 1, ["budget-blocks"]), (1, 1, []), (0, 0, [])])
def test_a_budget_blocks_when_it_allows_nothing_though_all_pods_are_well(
    allowed: int, healthy: int, expected: list[str]
) -> None:
    def hold(data: Any) -> None:
        (budget,) = data["objects"]["budgets"]
        budget["status"].update(disruptionsAllowed=allowed, currentHealthy=healthy)

    assert codes_of(changed(hold, of="budget")) == expected


def ingress(**status: Any) -> JsonObject:
    return {
        "kind": "Ingress",
        "metadata": {"name": "half", "creationTimestamp": "2020-01-01T00:00:00Z", **status.pop("metadata", {})},
        "spec": {"ingressClassName": "nginx", "defaultBackend": {"service": {"name": "half"}}},
        "status": status,
    }


def test_an_ingress_without_a_class_of_the_cluster_names_those_that_there_are() -> None:
    def add(data: Any) -> None:
        data["objects"]["ingresses"] = [ingress()]
        data["objects"]["ingressClasses"] = [{"metadata": {"name": "traefik"}}]

    assert "there is: traefik" in only(changed(add), "ingress-class").cause


def test_an_ingress_of_another_service_is_not_its_matter() -> None:
    other: JsonObject = {**ingress(), "spec": {"defaultBackend": {"service": {"name": "other"}}}}

    assert codes_of(with_objects("ingresses", other)) == []


def with_class(body: JsonObject) -> list[str]:
    def add(data: Any) -> None:
        data["objects"]["ingresses"] = [body]
        data["objects"]["ingressClasses"] = [{"metadata": {"name": "nginx"}}]

    return codes_of(changed(add))


def test_a_load_balancer_that_calls_pods_unhealthy_is_told_with_its_own_words() -> None:
    words = {"annotations": {"ingress.kubernetes.io/backends": '{"k8s1-half":"UNHEALTHY"}'}}

    assert with_class(ingress(metadata=words)) == ["backend-unhealthy"]


def test_an_ingress_without_an_address_for_long_is_told_and_one_with_it_is_not() -> None:
    assert with_class(ingress()) == ["balancer-pending"]
    assert with_class(ingress(loadBalancer={"ingress": [{"ip": "203.0.113.9"}]})) == []


def test_a_load_balancer_that_has_just_been_asked_for_is_waited_for() -> None:
    def make_young(data: Any) -> None:
        data["service"]["metadata"]["creationTimestamp"] = recorded("balancer").taken_at
        data["events"] = []

    assert codes_of(changed(make_young, of="balancer")) == []
