from __future__ import annotations

from typing import Any

import pytest

from tests.unit.render.specs import body, codes, of_kind, rendered
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at, value_at

GKE = {"provider": "gke", "project": "my-project", "location": "us-central1", "name": "c"}
GKE_IMAGE = "us-central1-docker.pkg.dev/my-project/serving/resnet"
TLS: dict[str, Any] = {"host": "a.example.com", "tls": {"secretName": "tls"}}
NGINX: dict[str, Any] = {"type": "Ingress", "ingress": {"className": "nginx"}}
GCE: dict[str, Any] = {"type": "Ingress", "ingress": {"className": "gce"}}
EG: dict[str, Any] = {"type": "Gateway", "gateway": {"className": "eg"}}
GKE_GATEWAY: dict[str, Any] = {"type": "Gateway", "gateway": {"className": "gke-l7-global-external-managed"}}
BOTH: dict[str, Any] = {"ports": ["rest", "grpc"], "grpcHost": "grpc.example.com"}
CLOUD_KINDS = {"BackendConfig", "FrontendConfig", "ManagedCertificate", "HealthCheckPolicy", "GCPBackendPolicy"}


def kinds(expose: dict[str, Any], **fields: Any) -> set[str]:
    return {manifest.ref.kind for manifest in rendered(expose=expose, **fields).manifests}


def notes(found: JsonObject) -> JsonObject:
    return object_at(found, "metadata", "annotations")


def health_path(expose: dict[str, Any]) -> str:
    found = rendered(expose=expose, model={"source": "./models/resnet", "versions": [1], "labels": {"stable": 1}})
    if expose["type"] == "Ingress":
        return text_at(body(found, "BackendConfig"), "spec", "healthCheck", "requestPath")
    return text_at(body(found, "HealthCheckPolicy"), "spec", "default", "config", "httpHealthCheck", "requestPath")


@pytest.mark.parametrize("expose", [GCE, GKE_GATEWAY])
def test_a_load_balancer_of_gke_checks_the_path_that_the_readiness_probe_asks(expose: dict[str, Any]) -> None:
    """K21.1."""
    assert health_path({**expose, **TLS}) == "/v1/models/resnet/labels/stable/metadata"


def test_the_service_behind_an_ingress_of_gke_names_its_backend_config() -> None:
    """K21.1."""
    found = rendered(expose={**GCE, **TLS})

    annotations = notes(body(found, "Service"))
    (config,) = of_kind(found, "BackendConfig")
    assert annotations["cloud.google.com/backend-config"] == f'{{"default": "{config.ref.name}"}}'
    assert annotations["cloud.google.com/neg"] == '{"ingress": true}'
    assert integer_at(config.body, "spec", "healthCheck", "port") == 8501


def test_the_health_check_of_a_gateway_of_gke_is_bound_to_the_service() -> None:
    """K21.1."""
    found = rendered(expose={**GKE_GATEWAY, **TLS, **BOTH})

    (service, _) = of_kind(found, "Service")
    for kind in ("HealthCheckPolicy", "GCPBackendPolicy"):
        target = object_at(body(found, kind), "spec", "targetRef")
        assert target == {"group": "", "kind": "Service", "name": service.ref.name}


@pytest.mark.parametrize("expose", [{"type": "Ingress"}, NGINX, EG, {"type": "LoadBalancer"}])
def test_no_other_cluster_gets_an_object_of_gke(expose: dict[str, Any]) -> None:
    """K21.2."""
    assert kinds(expose, cluster={"provider": "kind"}) & CLOUD_KINDS == set()
    assert notes(body(rendered(expose=expose, cluster={"provider": "kind"}), "Service")) == {}


@pytest.mark.parametrize("expose", [NGINX, EG])
def test_a_class_that_is_not_gke_s_wins_over_the_cluster(expose: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"cluster": GKE, "model": {"source": "gs://bucket/m"}}
    assert kinds(expose, **fields, serviceAccount={"googleServiceAccount": "none"}) & CLOUD_KINDS == set()


@pytest.mark.parametrize(("kind", "of_cloud"), [("Ingress", "BackendConfig"), ("Gateway", "HealthCheckPolicy")])
def test_a_cluster_of_gke_is_enough_to_choose_its_front(kind: str, of_cloud: str) -> None:
    fields: dict[str, Any] = {"cluster": GKE, "model": {"source": "gs://bucket/m"}}
    assert of_cloud in kinds({"type": kind}, **fields, serviceAccount={"googleServiceAccount": "none"})


def test_every_front_waits_longer_than_the_server() -> None:
    """K21.3."""
    serving = {"requestTimeoutSeconds": 120}
    config = body(rendered(expose={**GCE, **TLS}, serving=serving), "BackendConfig")
    policy = body(rendered(expose={**GKE_GATEWAY, **TLS}, serving=serving), "GCPBackendPolicy")
    ingress = body(rendered(expose={**NGINX, **TLS}, serving=serving), "Ingress")
    routed = rendered(expose={**EG, **TLS, **BOTH}, serving=serving)
    (route,) = (item.body for item in of_kind(routed, "HTTPRoute") if item.ref.name == "resnet")
    envoy = body(routed, "BackendTrafficPolicy")

    assert integer_at(config, "spec", "timeoutSec") == integer_at(policy, "spec", "default", "timeoutSec") == 125
    assert notes(ingress)["nginx.ingress.kubernetes.io/proxy-read-timeout"] == "125"
    assert [text_at(rule, "timeouts", "request") for rule in objects_at(route, "spec", "rules")] == ["125s"]
    assert value_at(envoy, "spec", "timeout", "http", "requestTimeout") == "125s"


def test_nginx_admits_the_largest_request() -> None:
    """K21.3."""
    ingress = body(rendered(expose={**NGINX, **TLS, "maxRequestSize": "1.5Gi"}), "Ingress")

    assert notes(ingress)["nginx.ingress.kubernetes.io/proxy-body-size"] == "1536m"
    assert notes(body(rendered(expose={"type": "Ingress", "host": "a.b", "tls": "none"}), "Ingress")) == {}


def test_contour_redirects_and_waits_as_long_as_the_server() -> None:
    contour = {"type": "Ingress", "ingress": {"className": "contour"}}

    assert notes(body(rendered(expose={**contour, **TLS}), "Ingress")) == {
        "ingress.kubernetes.io/force-ssl-redirect": "true",
        "projectcontour.io/response-timeout": "35s",
    }
    plain = notes(body(rendered(expose={**contour, "tls": "none"}), "Ingress"))
    assert "ingress.kubernetes.io/force-ssl-redirect" not in plain


@pytest.mark.parametrize("expose", [GCE, GKE_GATEWAY])
def test_a_pod_outlives_the_time_that_google_s_load_balancer_goes_on_sending(expose: dict[str, Any]) -> None:
    found = rendered(expose={**expose, **TLS}, serving={"requestTimeoutSeconds": 30})

    pod = object_at(body(found, "Deployment"), "spec", "template", "spec")
    drain = integer_at(objects_at(pod, "containers")[0], "lifecycle", "preStop", "sleep", "seconds")
    draining = {
        integer_at(item.body, "spec", *steps, "connectionDraining", "drainingTimeoutSec")
        for kind, steps in (("BackendConfig", ()), ("GCPBackendPolicy", ("default",)))
        for item in of_kind(found, kind)
    }
    assert drain == 60
    assert draining == {30}
    assert integer_at(pod, "terminationGracePeriodSeconds") > drain + 30


def test_a_shorter_drain_of_the_spec_is_kept_with_a_warning() -> None:
    found = rendered(expose={**GCE, **TLS}, lifecycle={"drainSeconds": 20})

    container = objects_at(body(found, "Deployment"), "spec", "template", "spec", "containers")[0]
    assert integer_at(container, "lifecycle", "preStop", "sleep", "seconds") == 20
    assert "short-drain" in codes(found)


def test_grpc_goes_through_a_gateway_to_predictions_alone_and_under_its_own_name() -> None:
    found = rendered(expose={**EG, **TLS, **BOTH})

    route = object_at(body(found, "GRPCRoute"), "spec")
    assert route["hostnames"] == ["grpc.example.com"]
    (rule,) = objects_at(route, "rules")
    assert rule["matches"] == [{"method": {"type": "Exact", "service": "tensorflow.serving.PredictionService"}}]
    assert rule["backendRefs"] == [{"name": "resnet", "port": 8500}]
    ports = objects_at(of_kind(found, "Service")[0].body, "spec", "ports")
    assert [(port["name"], port.get("appProtocol")) for port in ports] == [
        ("grpc", "kubernetes.io/h2c"),
        ("rest", None),
    ]


def test_no_rest_path_leads_to_metrics() -> None:
    found = rendered(expose={**EG, **TLS})

    (route,) = (item.body for item in of_kind(found, "HTTPRoute") if item.ref.name == "resnet")
    paths = [
        text_at(match, "path", "value")
        for rule in objects_at(route, "spec", "rules")
        for match in objects_at(rule, "matches")
    ]
    assert "/v1/models/resnet:predict" in paths
    assert {path.split(":")[0] for path in paths} == {"/v1/models/resnet"}


def test_more_models_than_a_route_can_name_share_one_prefix() -> None:
    models = [{"name": f"m{number}", "source": "gs://bucket/m"} for number in range(17)]

    found = rendered(expose={**EG}, model=None, models=models, serviceAccount={"googleServiceAccount": "none"})
    (rule,) = objects_at(body(found, "HTTPRoute"), "spec", "rules")
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/v1/models"}}]


@pytest.mark.parametrize("expose", [EG, GKE_GATEWAY])
def test_plain_http_is_sent_to_https(expose: dict[str, Any]) -> None:
    found = rendered(expose={**expose, **TLS, **BOTH})

    listeners = objects_at(body(found, "Gateway"), "spec", "listeners")
    assert [(item["name"], item["port"], item["protocol"]) for item in listeners] == [
        ("https", 443, "HTTPS"),
        ("http", 80, "HTTP"),
    ]
    redirect = next(item.body for item in of_kind(found, "HTTPRoute") if item.ref.name == "resnet-redirect")
    assert objects_at(redirect, "spec", "parentRefs")[0]["sectionName"] == "http"
    assert value_at(redirect, "spec", "hostnames") == ["a.example.com", "grpc.example.com"]
    routes = [item.body for kind in ("HTTPRoute", "GRPCRoute") for item in of_kind(found, kind)]
    sections = sorted(str(objects_at(route, "spec", "parentRefs")[0]["sectionName"]) for route in routes)
    assert sections == ["http", "https", "https"]


def test_without_a_certificate_there_is_plain_http_and_a_warning() -> None:
    found = rendered(expose=EG)

    assert [item["protocol"] for item in objects_at(body(found, "Gateway"), "spec", "listeners")] == ["HTTP"]
    assert "plain-http" in codes(found)
    assert "plain-http" not in codes(rendered(expose={**EG, "tls": "none"}))
    assert "plain-http" not in codes(rendered(expose={**EG, **TLS}))


def test_routes_join_a_gateway_that_exists_and_none_is_made() -> None:
    gateway = {"name": "shared", "namespace": "infra", "sectionName": "https"}
    found = rendered(expose={"type": "Gateway", "gateway": gateway, "host": "a.example.com"})

    assert of_kind(found, "Gateway") == []
    (route,) = of_kind(found, "HTTPRoute")
    assert objects_at(route.body, "spec", "parentRefs") == (gateway,)


def test_an_internal_load_balancer_of_gke_refuses_plain_http_because_it_cannot_redirect() -> None:
    expose = {"type": "Ingress", "ingress": {"className": "gce-internal"}, **TLS, "addressName": "here"}
    found = rendered(expose=expose)

    annotations = notes(body(found, "Ingress"))
    assert of_kind(found, "FrontendConfig") == []
    assert annotations["kubernetes.io/ingress.allow-http"] == "false"
    assert annotations["kubernetes.io/ingress.regional-static-ip-name"] == "here"


def test_annotations_of_the_spec_win_over_ours() -> None:
    chosen = {"nginx.ingress.kubernetes.io/proxy-body-size": "0", "a/b": "c"}
    ingress = body(
        rendered(expose={"type": "Ingress", "ingress": {"className": "nginx", "annotations": chosen}}), "Ingress"
    )

    assert notes(ingress)["nginx.ingress.kubernetes.io/proxy-body-size"] == "0"
    assert notes(ingress)["a/b"] == "c"


def callers(expose: dict[str, Any]) -> list[JsonObject]:
    found = rendered(expose=expose, networkPolicy={"allowFrom": [{"namespace": "shop"}]})
    (rule,) = objects_at(body(found, "NetworkPolicy"), "spec", "ingress")
    return [*objects_at(rule, "from")]


def test_a_policy_that_names_callers_lets_the_front_in_too() -> None:
    google = [{"ipBlock": {"cidr": cidr}} for cidr in ("130.211.0.0/22", "35.191.0.0/16")]
    envoy = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "envoy-gateway-system"}}}

    assert callers({**GCE, **TLS})[1:] == google
    assert callers({**GKE_GATEWAY, **TLS})[1:] == google
    assert callers({**EG, **TLS, "proxies": [{"namespace": "envoy-gateway-system"}]})[1:] == [envoy]
    balanced = {"type": "LoadBalancer", "sourceRanges": ["203.0.113.0/24"]}
    assert callers(balanced)[1:] == [{"ipBlock": {"cidr": "203.0.113.0/24"}}]


@pytest.mark.parametrize(
    ("expose", "word"),
    [
        ({**EG, **TLS}, "controller"),
        ({"type": "LoadBalancer"}, "a node"),
        ({"type": "Gateway", "gateway": {"className": "gke-l7-rilb"}, "tls": "none"}, "proxy-only subnet"),
    ],
)
def test_a_policy_that_shuts_the_front_out_is_a_warning(expose: dict[str, Any], word: str) -> None:
    policy = {"allowFrom": [{"namespace": "shop"}]}
    (warning,) = [
        item for item in rendered(expose=expose, networkPolicy=policy).warnings if item.code == "policy-shuts-out"
    ]

    assert word in warning.message
    assert "expose.proxies" in warning.hint
    named = {**expose, "proxies": [{"cidr": "10.0.0.0/8"}]}
    assert "policy-shuts-out" not in codes(rendered(expose=named, networkPolicy=policy))
    assert "policy-shuts-out" not in codes(rendered(expose={**GCE, **TLS}, networkPolicy=policy))


def test_an_ingress_leaves_grpc_in_the_cluster_and_says_so() -> None:
    found = rendered(expose={**NGINX, **TLS, "ports": ["rest", "grpc"]})

    (rule,) = objects_at(body(found, "Ingress"), "spec", "rules")
    (path,) = objects_at(rule, "http", "paths")
    assert value_at(path, "backend", "service", "port", "name") == "rest"
    assert "ingress-grpc" in codes(found)
