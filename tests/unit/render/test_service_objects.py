from __future__ import annotations

from typing import Any

import pytest

from tests.unit.render.specs import body, of_kind, rendered
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at, value_at

GOOGLE: dict[str, Any] = {"model": {"source": "gs://bucket/m"}}


def port_names(**fields: Any) -> list[str]:
    return [text_at(port, "name") for port in objects_at(body(rendered(**fields), "Service"), "spec", "ports")]


def test_nothing_is_public_unless_asked_for() -> None:
    assert value_at(body(rendered(), "Service"), "spec", "type") == "ClusterIP"
    assert port_names() == ["rest"]


def test_a_load_balancer_has_the_rest_port_alone_and_with_grpc_a_warning() -> None:
    assert port_names(expose={"type": "LoadBalancer"}) == ["rest"]
    found = rendered(
        expose={"type": "LoadBalancer", "ports": ["rest", "grpc"], "exposeAdministration": True},
    )
    (warning,) = [warning for warning in found.warnings if warning.code == "public-grpc"]
    assert "configuration calls" in warning.message


def test_grpc_brings_a_headless_service_beside_the_normal_one() -> None:
    services = of_kind(rendered(expose={"ports": ["rest", "grpc"]}), "Service")

    assert [service.ref.name for service in services] == ["resnet", "resnet-headless"]
    headless = services[1].body
    assert value_at(headless, "spec", "clusterIP") == "None"
    assert [text_at(port, "name") for port in objects_at(headless, "spec", "ports")] == ["grpc"]
    assert len(of_kind(rendered(), "Service")) == 1


def test_a_fixed_number_has_replicas_and_no_autoscaler_and_a_range_the_other_way_round() -> None:
    fixed, scaled = rendered(scaling={"replicas": 2}), rendered(scaling={"min": 1, "max": 5})

    assert integer_at(body(fixed, "Deployment"), "spec", "replicas") == 2
    assert of_kind(fixed, "HorizontalPodAutoscaler") == []
    assert "replicas" not in object_at(body(scaled, "Deployment"), "spec")
    assert integer_at(body(scaled, "HorizontalPodAutoscaler"), "spec", "maxReplicas") == 5


@pytest.mark.parametrize("metrics", [[{"cpu": 60}, {"memory": 80}], [{"memory": 80}, {"cpu": 60}]])
def test_metrics_stand_in_the_order_that_the_api_server_keeps(metrics: list[dict[str, int]]) -> None:
    scaler = body(rendered(scaling={"min": 1, "max": 5, "metrics": metrics}), "HorizontalPodAutoscaler")

    names = [text_at(metric, "resource", "name") for metric in objects_at(scaler, "spec", "metrics")]
    assert names == ["memory", "cpu"]


def test_a_spike_of_a_minute_at_the_start_does_not_reach_five_pods() -> None:
    scaler = body(rendered(scaling={"min": 1, "max": 5}), "HorizontalPodAutoscaler")

    policies = objects_at(scaler, "spec", "behavior", "scaleUp", "policies")
    assert {integer_at(policy, "periodSeconds") for policy in policies} == {60}
    grown = {"Pods": 1 + integer_at(policies[0], "value"), "Percent": 1 + integer_at(policies[1], "value") // 100}
    assert max(grown.values()) < 5


def test_the_windows_of_the_spec_are_rendered() -> None:
    behavior = {"scaleDownWindowSeconds": 60, "scaleUpWindowSeconds": 30}
    scaler = body(rendered(scaling={"min": 1, "max": 5, "behavior": behavior}), "HorizontalPodAutoscaler")

    assert integer_at(scaler, "spec", "behavior", "scaleDown", "stabilizationWindowSeconds") == 60
    assert integer_at(scaler, "spec", "behavior", "scaleUp", "stabilizationWindowSeconds") == 30


@pytest.mark.parametrize("least", range(1, 6))
def test_the_budget_allows_an_eviction_at_the_fewest_pods(least: int) -> None:
    spec = object_at(body(rendered(scaling={"min": least, "max": 5 + least}), "PodDisruptionBudget"), "spec")

    assert spec["maxUnavailable"] == 1
    assert "minAvailable" not in spec


def test_one_pod_has_no_budget_and_neither_has_a_spec_that_wants_none() -> None:
    assert of_kind(rendered(), "PodDisruptionBudget") == []
    assert of_kind(rendered(scaling={"replicas": 3}, podDisruptionBudget="none"), "PodDisruptionBudget") == []


def test_the_namespace_is_rendered_only_when_asked_for_and_stands_in_none() -> None:
    assert of_kind(rendered(namespace="serving"), "Namespace") == []
    (namespace,) = of_kind(rendered(namespace="serving", createNamespace=True), "Namespace")
    assert (namespace.ref.name, namespace.ref.namespace) == ("serving", "")


def test_services_in_one_namespace_render_the_same_namespace() -> None:
    shared: dict[str, Any] = {"namespace": "serving", "createNamespace": True, "labels": {"team": "vision"}}
    one, other = (of_kind(rendered(**shared, name=name), "Namespace") for name in ("one", "other"))

    assert one == other
    labels = {"app.kubernetes.io/managed-by": "tfk8s", "team": "vision"}
    assert object_at(one[0].body, "metadata", "labels") == labels


def test_a_bucket_s_identity_is_on_the_service_account() -> None:
    email = "reader@my-project.iam.gserviceaccount.com"
    found = rendered(**GOOGLE, serviceAccount={"googleServiceAccount": email})

    account = body(found, "ServiceAccount")
    assert object_at(account, "metadata", "annotations") == {"iam.gke.io/gcp-service-account": email}
    assert account["automountServiceAccountToken"] is False


def test_none_as_identity_leaves_no_annotation_and_an_existing_account_is_not_made() -> None:
    found = rendered(**GOOGLE, serviceAccount={"googleServiceAccount": "none"})
    assert object_at(body(found, "ServiceAccount"), "metadata", "annotations") == {}
    existing = rendered(serviceAccount={"name": "there", "create": False})
    assert of_kind(existing, "ServiceAccount") == []
    pod = object_at(body(existing, "Deployment"), "spec", "template", "spec")
    assert pod["serviceAccountName"] == "there"


def test_a_server_that_reads_no_bucket_may_call_nobody() -> None:
    policy = object_at(body(rendered(), "NetworkPolicy"), "spec")

    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "egress" not in policy
    assert objects_at(policy, "ingress") == ({"ports": [{"protocol": "TCP", "port": 8501}]},)


def test_a_server_that_reads_a_bucket_may_ask_names_its_identity_and_https() -> None:
    found = rendered(**GOOGLE, serviceAccount={"googleServiceAccount": "none"})

    rules = objects_at(body(found, "NetworkPolicy"), "spec", "egress")
    assert {integer_at(port, "port") for rule in rules for port in objects_at(rule, "ports")} == {53, 80, 443, 988}


def test_peers_may_be_a_namespace_pods_or_an_address_range() -> None:
    peers = [{"namespace": "shop"}, {"podLabels": {"app": "web"}}, {"cidr": "10.0.0.0/8"}]
    policy = body(rendered(networkPolicy={"allowFrom": peers}), "NetworkPolicy")

    (rule,) = objects_at(policy, "spec", "ingress")
    assert rule["from"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}},
        {"podSelector": {"matchLabels": {"app": "web"}}},
        {"ipBlock": {"cidr": "10.0.0.0/8"}},
    ]
