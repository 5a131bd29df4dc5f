from __future__ import annotations

from typing import Any

import pytest

from tests.unit.check.objects import AUTOSCALER, DEPLOYMENT, budget, changed, codes, findings

SCALED = changed(DEPLOYMENT, lambda body: body["spec"].pop("replicas"))
SCALED_OBJECT: dict[str, Any] = {
    "apiVersion": "keda.sh/v1alpha1",
    "kind": "ScaledObject",
    "metadata": {"name": "resnet", "namespace": "serving"},
    "spec": {
        "scaleTargetRef": {"name": "resnet"},
        "minReplicaCount": 0,
        "maxReplicaCount": 3,
        "advanced": {"horizontalPodAutoscalerConfig": {"name": "resnet"}},
        "triggers": [{"type": "prometheus", "metadata": {}}],
    },
}
VERTICAL: dict[str, Any] = {
    "apiVersion": "autoscaling.k8s.io/v1",
    "kind": "VerticalPodAutoscaler",
    "metadata": {"name": "resnet", "namespace": "serving"},
    "spec": {"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "resnet"}},
}
ON_CPU = changed(
    AUTOSCALER, lambda body: body["spec"].update(metrics=[{"type": "Resource", "resource": {"name": "cpu"}}])
)


def _called(body: dict[str, Any], name: str) -> dict[str, Any]:
    return changed(body, lambda made: made["metadata"].update(name=name))


def test_a_service_with_a_scaled_object_is_found_nothing_wrong_with() -> None:
    assert codes(SCALED, SCALED_OBJECT, budget(maxUnavailable=1)) == []


def test_replicas_beside_a_scaled_object_are_wrong() -> None:
    assert codes(DEPLOYMENT, SCALED_OBJECT) == ["replicas"]


def test_a_scaled_object_needs_its_deployment_a_range_and_a_trigger() -> None:
    assert codes(SCALED_OBJECT) == ["scale-target"]
    assert codes(SCALED, changed(SCALED_OBJECT, lambda body: body["spec"].update(minReplicaCount=4))) == ["scale-range"]
    assert codes(SCALED, changed(SCALED_OBJECT, lambda body: body["spec"].pop("triggers"))) == ["scale-metrics"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (AUTOSCALER, _called(AUTOSCALER, "other")),
        (AUTOSCALER, _called(SCALED_OBJECT, "other")),
        (AUTOSCALER, SCALED_OBJECT),
        (SCALED_OBJECT, _called(SCALED_OBJECT, "other")),
    ],
)
def test_two_autoscalers_on_one_deployment_are_refused_with_both_names(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    (finding,) = findings(SCALED, one, other)

    assert finding.code == "two-autoscalers"
    assert str(finding).startswith(f"{other['kind']}/{other['metadata']['name']} in serving")
    assert f"{one['kind']}/{one['metadata']['name']} counts the pods of Deployment/resnet" in finding.message


def test_autoscalers_of_two_deployments_do_not_meet() -> None:
    elsewhere = changed(SCALED, lambda body: body["metadata"].update(namespace="other"))
    theirs = changed(AUTOSCALER, lambda body: body["metadata"].update(namespace="other"))

    assert codes(SCALED, AUTOSCALER, elsewhere, theirs) == []


def test_a_scaled_object_does_not_take_the_autoscaler_of_another_workload() -> None:
    theirs = changed(AUTOSCALER, lambda body: body["spec"]["scaleTargetRef"].update(name="bert"))

    assert codes(SCALED, SCALED_OBJECT, theirs) == ["scale-target", "two-autoscalers"]


def test_a_vertical_autoscaler_beside_one_that_follows_the_same_use_is_refused() -> None:
    (finding,) = findings(SCALED, ON_CPU, VERTICAL)

    assert finding.code == "two-autoscalers"
    assert finding.message == "changes the cpu request that HorizontalPodAutoscaler/resnet measures cpu against"


def test_a_vertical_autoscaler_is_fine_where_it_recommends_or_sets_something_else() -> None:
    off = changed(VERTICAL, lambda body: body["spec"].update(updatePolicy={"updateMode": "Off"}))
    memory = {"containerPolicies": [{"containerName": "*", "controlledResources": ["memory"]}]}

    assert codes(SCALED, ON_CPU, off) == []
    assert codes(SCALED, ON_CPU, changed(VERTICAL, lambda body: body["spec"].update(resourcePolicy=memory))) == []
    assert codes(SCALED, SCALED_OBJECT, VERTICAL) == []


def test_a_budget_of_a_service_that_sleeps_counts_the_first_pod() -> None:
    assert codes(SCALED, SCALED_OBJECT, budget(minAvailable=1)) == ["budget"]
