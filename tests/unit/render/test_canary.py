from __future__ import annotations

from typing import Any

import pytest

from tests.unit.render.specs import rendered
from tests.unit.render.specs import spec as spec_of
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.manifest.fields import integer_at, labels_of, object_at, objects_at, text_at, value_at
from tfk8s.manifest.ownership import is_owned
from tfk8s.render.canary import CanaryWish, canary_manifests, canary_refs, routes_of, with_backend
from tfk8s.spec import object_names

LABELLED: dict[str, Any] = {"model": {"source": "pvc://claim/m", "versions": [1, 2], "labels": {"stable": 2}}}
GATEWAY: dict[str, Any] = {
    "expose": {"type": "Gateway", "hosts": ["m.example.test"], "gateway": {"className": "eg"}},
}


def canary(replicas: int = 2, **fields: Any) -> Manifests:
    names = object_names(spec_of(**fields))
    return canary_manifests(rendered(**fields).manifests, CanaryWish(names=names, replicas=replicas))


def one(found: Manifests, kind: str) -> Manifest:
    (manifest,) = [item for item in found if item.ref.kind == kind]
    return manifest


def pod_labels(deployment: Manifest) -> dict[str, str]:
    return dict(labels_of(object_at(deployment.body, "spec", "template")))


def selects(selector: JsonObject, labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


def stable(**fields: Any) -> Manifests:
    return rendered(**fields).manifests


def test_a_canary_is_a_deployment_with_a_configuration_of_its_own() -> None:
    found = canary(**LABELLED)

    assert [(item.ref.kind, item.ref.name) for item in found] == [
        ("ConfigMap", "resnet-canary-config"),
        ("Deployment", "resnet-canary"),
    ]
    deployment = one(found, "Deployment").body
    assert integer_at(deployment, "spec", "replicas") == 2
    (config, *_) = objects_at(deployment, "spec", "template", "spec", "volumes")
    assert text_at(config, "configMap", "name") == "resnet-canary-config"
    assert all(is_owned(labels_of(item.body), instance="resnet") for item in found)


def test_its_pods_are_the_services_and_neither_its_deployments_nor_its_autoscalers_nor_its_budgets() -> None:
    fields = {**LABELLED, "scaling": {"min": 2, "max": 5}}
    before, beside = stable(**fields), one(canary(**fields), "Deployment")
    labels = pod_labels(beside)

    assert selects(object_at(one(before, "Service").body, "spec", "selector"), labels)
    assert not selects(object_at(one(before, "Deployment").body, "spec", "selector", "matchLabels"), labels)
    assert not selects(object_at(one(before, "PodDisruptionBudget").body, "spec", "selector", "matchLabels"), labels)
    own = object_at(beside.body, "spec", "selector", "matchLabels")
    assert selects(own, labels)
    assert not selects(own, pod_labels(one(before, "Deployment")))
    assert text_at(one(before, "HorizontalPodAutoscaler").body, "spec", "scaleTargetRef", "name") != beside.ref.name


def test_all_else_of_its_pods_is_as_in_the_service() -> None:
    before, beside = one(stable(**LABELLED), "Deployment"), one(canary(**LABELLED), "Deployment")

    def pod(manifest: Manifest) -> JsonObject:
        spec = object_at(manifest.body, "spec", "template", "spec")
        return {key: value for key, value in spec.items() if key not in ("volumes", "topologySpreadConstraints")}

    assert pod(before) == pod(beside)
    spread = objects_at(beside.body, "spec", "template", "spec", "topologySpreadConstraints")
    assert spread
    assert all(selects(object_at(each, "labelSelector", "matchLabels"), pod_labels(beside)) for each in spread)


def test_with_an_autoscaler_too_it_has_a_number_of_pods() -> None:
    assert (
        integer_at(one(canary(3, **LABELLED, scaling={"min": 1, "max": 5}), "Deployment").body, "spec", "replicas") == 3
    )


def test_behind_a_gateway_the_service_does_not_find_its_pods_and_its_own_service_does() -> None:
    fields = {**LABELLED, **GATEWAY, "networkPolicy": {"enabled": True}}
    found = canary(**fields)
    labels = pod_labels(one(found, "Deployment"))

    for item in stable(**fields):
        if item.ref.kind == "Service":
            assert not selects(object_at(item.body, "spec", "selector"), labels)
    assert one(found, "Service").ref.name == "resnet-canary"
    assert selects(object_at(one(found, "Service").body, "spec", "selector"), labels)
    assert selects(object_at(one(found, "NetworkPolicy").body, "spec", "podSelector", "matchLabels"), labels)


def test_a_route_gives_the_canary_exactly_its_weight() -> None:
    (route,) = routes_of(stable(**LABELLED, **GATEWAY))

    shared = with_backend(route, service="resnet", canary="resnet-canary", weight=7)

    (rule,) = objects_at(shared.body, "spec", "rules")
    backends = [(item["name"], item["weight"], item["port"]) for item in objects_at(rule, "backendRefs")]
    assert backends == [("resnet", 93, 8501), ("resnet-canary", 7, 8501)]
    assert value_at(rule, "matches") == value_at(objects_at(route.body, "spec", "rules")[0], "matches")


def test_on_gke_the_canarys_service_has_its_own_health_check_and_times() -> None:
    fields: dict[str, Any] = {
        **LABELLED,
        "expose": {"type": "Gateway", "hosts": ["m.example.test"]},
        "cluster": {"provider": "gke", "project": "p-123456", "location": "us-central1", "name": "c"},
    }
    found = canary(**fields)

    for kind in ("HealthCheckPolicy", "GCPBackendPolicy"):
        policy = one(found, kind)
        assert policy.ref.name == "resnet-canary"
        assert text_at(policy.body, "spec", "targetRef", "name") == "resnet-canary"


def test_every_object_that_a_canary_can_have_is_known_to_whoever_removes_it() -> None:
    known = {(ref.api_version, ref.kind, ref.name) for ref in canary_refs(name="resnet", namespace="default")}
    gke = {"cluster": {"provider": "gke", "project": "p-123456", "location": "us-central1", "name": "c"}}
    for fields in (
        LABELLED,
        {**LABELLED, **GATEWAY, "networkPolicy": {"enabled": True}},
        {**LABELLED, "expose": {"type": "Gateway", "hosts": ["m.example.test"]}, **gke},
    ):
        assert {(item.ref.api_version, item.ref.kind, item.ref.name) for item in canary(**fields)} <= known


def test_a_selector_from_before_tfk8s_that_would_claim_its_pods_is_refused_before_anything_is_made() -> None:
    fields = {**LABELLED, "existing": {"deployment": "old", "selector": {"app": "resnet"}}}

    with pytest.raises(PreconditionError, match="app=resnet") as refused:
        canary(**fields)

    assert "Gateway" in str(refused.value.hint)
    pods = pod_labels(one(canary(**fields, **GATEWAY), "Deployment"))
    assert "app" not in pods
