from __future__ import annotations

from typing import Any

import pytest

from tests.unit.check.objects import AUTOSCALER, DEPLOYMENT, changed, container
from tfk8s.check.schema import schema_findings
from tfk8s.manifest import Manifest
from tfk8s.manifest.release import NEWEST_MINOR, OLDEST_MINOR

ALL = range(OLDEST_MINOR, NEWEST_MINOR + 1)


def found(body: dict[str, Any], *, minor: int = 34) -> list[str]:
    return [str(finding) for finding in schema_findings([Manifest.of(body)], minor=minor)]


@pytest.mark.parametrize("minor", ALL)
def test_a_misspelt_field_is_found_in_every_supported_release(minor: int) -> None:
    def misspelt(body: dict[str, Any]) -> None:
        container(body)["readynessProbe"] = container(body).pop("readinessProbe")

    (finding,) = found(changed(DEPLOYMENT, misspelt), minor=minor)

    assert "spec.template.spec.containers[0]" in finding
    assert "readynessProbe" in finding


def test_a_value_of_another_type_is_found_with_its_path() -> None:
    (finding,) = found(changed(DEPLOYMENT, lambda body: body["spec"].update(replicas="two")))

    assert finding.startswith("Deployment/resnet in serving: spec.replicas: ")


def test_a_kind_that_the_release_does_not_have_is_found() -> None:
    old = {**AUTOSCALER, "apiVersion": "autoscaling/v2beta1"}

    (finding,) = found(old)

    assert finding.endswith(": Kubernetes 1.34 has no HorizontalPodAutoscaler in autoscaling/v2beta1")


def test_every_fault_is_reported_at_once() -> None:
    def two(body: dict[str, Any]) -> None:
        body["spec"]["replicas"] = "two"
        container(body)["imagee"] = "x"

    assert len(found(changed(DEPLOYMENT, two))) == 2


def test_a_value_of_a_secret_is_not_repeated_and_a_large_one_not_whole() -> None:
    secret: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a"},
        "data": {"key": 8472_1938},
    }
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
        "data": {"key": ["long"] * 1000},
    }

    (hidden,) = schema_findings((Manifest.of(secret),))
    (long,) = schema_findings((Manifest.of(config),))

    assert hidden.path == ("data", "key")
    assert "84721938" not in hidden.message
    assert len(long.message) < 300
    assert "is not of type" in long.message


@pytest.mark.parametrize(
    ("kind", "version"), [("K" * 5000, "v1"), ("../_definitions", "v1"), ("Pod\0", "v1"), ("Pod", "a/"), ("Pod", "v 1")]
)
def test_what_is_no_name_of_a_kind_is_looked_for_nowhere(kind: str, version: str) -> None:
    (finding,) = found({"apiVersion": version, "kind": kind, "metadata": {"name": "a"}})

    assert "Kubernetes 1.34 has no " in finding
