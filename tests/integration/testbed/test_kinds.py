"""The control plane that knows Google's kinds judges fields, types and enumerations."""

from __future__ import annotations

import json

import pytest

from tests.testbed.fixtures import Cluster
from tests.testbed.progress import SetupError

pytestmark = pytest.mark.control_plane

BACKEND_CONFIG: dict[str, object] = {
    "apiVersion": "cloud.google.com/v1",
    "kind": "BackendConfig",
    "spec": {"healthCheck": {"type": "HTTP", "port": 8501, "requestPath": "/v1/models/half"}, "timeoutSec": 40},
}
HEALTH_CHECK_POLICY: dict[str, object] = {
    "apiVersion": "networking.gke.io/v1",
    "kind": "HealthCheckPolicy",
    "spec": {
        "default": {"config": {"type": "HTTP", "httpHealthCheck": {"requestPath": "/v1/models/half"}}},
        "targetRef": {"group": "", "kind": "Service", "name": "half"},
    },
}
GATEWAY: dict[str, object] = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "spec": {"gatewayClassName": "eg", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]},
}
OBJECTS = (BACKEND_CONFIG, HEALTH_CHECK_POLICY, GATEWAY)


def judge(cluster: Cluster, namespace: str, body: dict[str, object]) -> str:
    whole = {**body, "metadata": {"name": "judged", "namespace": namespace}}
    dry = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-")
    return cluster.kubectl(*dry, stdin=json.dumps(whole))


@pytest.mark.parametrize("body", OBJECTS, ids=lambda body: str(body["kind"]))
def test_an_object_as_documented_is_taken(
    body: dict[str, object], control_plane_with_kinds: Cluster, kinds_namespace: str
) -> None:
    assert "serverside-applied" in judge(control_plane_with_kinds, kinds_namespace, body)


@pytest.mark.parametrize("body", OBJECTS, ids=lambda body: str(body["kind"]))
def test_a_field_that_the_kind_does_not_have_is_refused(
    body: dict[str, object], control_plane_with_kinds: Cluster, kinds_namespace: str
) -> None:
    spec = body["spec"]
    assert isinstance(spec, dict)

    with pytest.raises(SetupError, match=r"healtCheck"):
        judge(control_plane_with_kinds, kinds_namespace, {**body, "spec": {**spec, "healtCheck": {}}})


def test_a_value_of_another_type_is_refused(control_plane_with_kinds: Cluster, kinds_namespace: str) -> None:
    wrong = {**BACKEND_CONFIG, "spec": {"timeoutSec": "40s"}}

    with pytest.raises(SetupError, match=r"timeoutSec"):
        judge(control_plane_with_kinds, kinds_namespace, wrong)


def test_a_value_outside_an_enumeration_is_refused(control_plane_with_kinds: Cluster, kinds_namespace: str) -> None:
    target = {"group": "", "kind": "Service", "name": "half"}
    wrong = {**HEALTH_CHECK_POLICY, "spec": {"default": {"config": {"type": "UDP"}}, "targetRef": target}}

    with pytest.raises(SetupError, match=r"UDP"):
        judge(control_plane_with_kinds, kinds_namespace, wrong)


def test_a_number_out_of_its_range_is_refused(control_plane_with_kinds: Cluster, kinds_namespace: str) -> None:
    target = {"group": "", "kind": "Service", "name": "half"}
    wrong = {**HEALTH_CHECK_POLICY, "spec": {"default": {"checkIntervalSec": 301}, "targetRef": target}}

    with pytest.raises(SetupError, match=r"checkIntervalSec.*less than or equal to 300"):
        judge(control_plane_with_kinds, kinds_namespace, wrong)


@pytest.mark.parametrize("domain", ["*.example.com", "half", f"{'a' * 60}.com"])
def test_a_domain_that_google_makes_no_certificate_for_is_refused(
    domain: str, control_plane_with_kinds: Cluster, kinds_namespace: str
) -> None:
    kind: dict[str, object] = {"apiVersion": "networking.gke.io/v1", "kind": "ManagedCertificate"}

    with pytest.raises(SetupError, match=r"spec.domains\[0\]"):
        judge(control_plane_with_kinds, kinds_namespace, {**kind, "spec": {"domains": [domain]}})


def test_a_policy_without_its_target_is_refused(control_plane_with_kinds: Cluster, kinds_namespace: str) -> None:
    wrong = {**HEALTH_CHECK_POLICY, "spec": {"default": {"timeoutSec": 5}}}

    with pytest.raises(SetupError, match=r"targetRef"):
        judge(control_plane_with_kinds, kinds_namespace, wrong)
