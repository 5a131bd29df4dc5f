from __future__ import annotations

from typing import Any

import pytest

from tests.unit.check.objects import DEPLOYMENT, SERVICE, changed, codes
from tests.unit.render.specs import rendered
from tfk8s.check import policy_findings
from tfk8s.manifest import Manifest

CLASSES = {"Ingress": {"ingress": {"className": "nginx"}}, "Gateway": {"gateway": {"className": "eg"}}}
EXPOSE: dict[str, Any] = {"host": "a.example.com", "tls": {"secretName": "tls"}}


def exposed(kind: str, **fields: Any) -> list[Manifest]:
    return [*rendered(expose={"type": kind, **CLASSES[kind], **EXPOSE, **fields}).manifests]


def front_codes(manifests: list[Manifest]) -> list[str]:
    return [finding.code for finding in policy_findings(tuple(manifests))]


def with_body(manifests: list[Manifest], kind: str, change: Any) -> list[Manifest]:
    return [Manifest.of(changed(item.body, change)) if item.ref.kind == kind else item for item in manifests]


@pytest.mark.parametrize("kind", ["Ingress", "Gateway"])
def test_what_we_render_in_front_of_a_service_is_found_nothing_wrong_with(kind: str) -> None:
    assert front_codes(exposed(kind)) == []


@pytest.mark.parametrize("kind", ["Ingress", "Gateway"])
def test_a_front_without_a_certificate_is_a_warning(kind: str) -> None:
    assert front_codes([*rendered(expose={"type": kind, **CLASSES[kind]}).manifests]) == ["plain-http"]


def test_a_load_balancer_for_everybody_is_a_warning_unless_it_is_internal() -> None:
    """K23.1."""

    def everybody(body: dict[str, Any]) -> None:
        del body["spec"]["loadBalancerSourceRanges"]

    def internal(body: dict[str, Any]) -> None:
        everybody(body)
        body["metadata"]["annotations"] = {"networking.gke.io/load-balancer-type": "Internal"}

    assert codes(changed(SERVICE, everybody), DEPLOYMENT) == ["open-balancer"]
    assert codes(changed(SERVICE, internal), DEPLOYMENT) == []


@pytest.mark.parametrize("path", ["/", "/monitoring/prometheus/metrics", "/v1/modelsx"])
def test_an_ingress_that_lets_other_paths_through_is_wrong(path: str) -> None:
    def change(body: dict[str, Any]) -> None:
        body["spec"]["rules"][0]["http"]["paths"][0]["path"] = path

    assert front_codes(with_body(exposed("Ingress"), "Ingress", change)) == ["front-path"]


def test_an_ingress_with_a_default_backend_is_wrong() -> None:
    def change(body: dict[str, Any]) -> None:
        body["spec"]["defaultBackend"] = {"service": {"name": "resnet", "port": {"name": "rest"}}}

    assert front_codes(with_body(exposed("Ingress"), "Ingress", change)) == ["front-path"]


@pytest.mark.parametrize("matches", [[], [{"path": {"type": "PathPrefix", "value": "/"}}]])
def test_a_route_that_lets_metrics_through_is_wrong(matches: list[Any]) -> None:
    def change(body: dict[str, Any]) -> None:
        for rule in body["spec"]["rules"]:
            if "backendRefs" in rule:
                rule["matches"] = matches

    assert front_codes(with_body(exposed("Gateway"), "HTTPRoute", change)) == ["front-path"]


@pytest.mark.parametrize(
    "matches",
    [
        [],
        [{"method": {"type": "Exact", "service": "tensorflow.serving.ModelService"}}],
        [{"method": {"type": "RegularExpression", "service": "tensorflow.serving.PredictionService"}}],
        [{"headers": [{"name": "a", "value": "b"}]}],
    ],
)
def test_a_route_that_lets_administration_through_is_wrong(matches: list[Any]) -> None:
    def change(body: dict[str, Any]) -> None:
        body["spec"]["rules"][0]["matches"] = matches

    both = exposed("Gateway", ports=["rest", "grpc"], grpcHost="grpc.example.com")
    assert front_codes(both) == []
    assert front_codes(with_body(both, "GRPCRoute", change)) == ["front-grpc"]


@pytest.mark.parametrize(("kind", "named"), [("BackendConfig", "gce"), ("HealthCheckPolicy", "gke-l7-rilb")])
def test_a_health_check_that_cannot_pass_is_wrong(kind: str, named: str) -> None:
    """K21.1."""

    def change(body: dict[str, Any]) -> None:
        spec = body["spec"]
        check = spec["healthCheck"] if kind == "BackendConfig" else spec["default"]["config"]["httpHealthCheck"]
        check["requestPath"] = "/"

    front = {"type": "Ingress", "ingress": {"className": named}}
    if kind == "HealthCheckPolicy":
        front = {"type": "Gateway", "gateway": {"className": named}}
    manifests = [
        *rendered(expose={**front, "host": "a.example.com", "tls": {"preSharedCertificates": ["c"]}}).manifests
    ]
    assert front_codes(manifests) == []
    assert front_codes(with_body(manifests, kind, change)) == ["front-health"]


def test_a_managed_certificate_needs_a_name() -> None:
    expose = {"type": "Ingress", "ingress": {"className": "gce"}, "host": "a.example.com", "tls": {"managed": True}}
    manifests = [*rendered(expose=expose).manifests]

    def change(body: dict[str, Any]) -> None:
        body["spec"]["domains"] = []

    assert front_codes(manifests) == []
    assert front_codes(with_body(manifests, "ManagedCertificate", change)) == ["certificate-name"]
