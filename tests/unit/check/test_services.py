from __future__ import annotations

from typing import Any

import pytest

from tests.unit.check.objects import AUTOSCALER, DEPLOYMENT, LABELS, SERVICE, budget, changed, codes, findings
from tfk8s.check import Level

SCALED = changed(DEPLOYMENT, lambda body: body["spec"].pop("replicas"))


def test_a_service_with_its_deployment_and_autoscaler_is_found_nothing_wrong_with() -> None:
    assert codes(SERVICE, SCALED, AUTOSCALER, budget(maxUnavailable=1)) == []


def test_replicas_beside_an_autoscaler_and_neither_of_them_are_both_wrong() -> None:
    assert codes(DEPLOYMENT, AUTOSCALER) == ["replicas"]
    assert codes(SCALED) == ["replicas"]


def test_a_selector_may_hold_nothing_that_changes() -> None:
    def versioned(body: dict[str, Any]) -> None:
        for labels in (body["spec"]["selector"]["matchLabels"], body["spec"]["template"]["metadata"]["labels"]):
            labels["app.kubernetes.io/version"] = "2.20.0"

    (finding,) = findings(changed(DEPLOYMENT, versioned))

    assert finding.code == "selector-stable"
    assert "app.kubernetes.io/version" in str(finding)


def test_a_selector_must_select_its_own_pods() -> None:
    other = changed(DEPLOYMENT, lambda body: body["spec"]["template"]["metadata"].update(labels={"a": "b"}))

    assert codes(other) == ["selector"]


def test_a_canary_needs_a_selector_of_its_own() -> None:
    same = changed(DEPLOYMENT, lambda body: body["metadata"].update(name="resnet-canary"))

    def apart(body: dict[str, Any]) -> None:
        body["metadata"]["name"] = "resnet-canary"
        for labels in (body["spec"]["selector"]["matchLabels"], body["spec"]["template"]["metadata"]["labels"]):
            labels["app.kubernetes.io/component"] = "model-server-canary"

    assert codes(DEPLOYMENT, same) == ["selector-disjoint", "selector-disjoint"]
    assert codes(DEPLOYMENT, changed(DEPLOYMENT, apart)) == []


def test_a_service_that_selects_nothing_is_wrong() -> None:
    assert codes(changed(SERVICE, lambda body: body["spec"].update(selector={"app": "x"})), DEPLOYMENT) == [
        "service-selector"
    ]


@pytest.mark.parametrize("kind", ["LoadBalancer", "NodePort"])
def test_a_public_grpc_port_is_a_warning(kind: str) -> None:
    grpc = {"name": "grpc", "port": 8500, "targetPort": "grpc"}

    (finding,) = findings(changed(SERVICE, lambda body: body["spec"].update(type=kind, ports=[grpc])), DEPLOYMENT)

    assert (finding.code, finding.level) == ("public-grpc", Level.WARNING)


def test_a_grpc_port_inside_the_cluster_is_fine() -> None:
    grpc = {"name": "grpc", "port": 8500, "targetPort": "grpc"}

    assert codes(changed(SERVICE, lambda body: body["spec"].update(type="ClusterIP", ports=[grpc])), DEPLOYMENT) == []


def test_an_autoscaler_needs_its_deployment_a_range_and_a_metric() -> None:
    assert codes(AUTOSCALER) == ["scale-target"]
    assert codes(SCALED, changed(AUTOSCALER, lambda body: body["spec"].update(minReplicas=4))) == ["scale-range"]
    assert codes(SCALED, changed(AUTOSCALER, lambda body: body["spec"].pop("metrics"))) == ["scale-metrics"]


@pytest.mark.parametrize(
    ("least", "spec", "allowed"),
    [
        (1, {"minAvailable": 1}, False),
        (2, {"minAvailable": 1}, True),
        (2, {"minAvailable": "50%"}, True),
        (1, {"minAvailable": "50%"}, False),
        (3, {"minAvailable": "100%"}, False),
        (1, {"maxUnavailable": 1}, True),
        (1, {"maxUnavailable": "25%"}, True),
        (5, {"maxUnavailable": 0}, False),
        (5, {"maxUnavailable": "0%"}, False),
    ],
)
def test_a_budget_allows_an_eviction_at_the_fewest_pods(least: int, spec: dict[str, object], allowed: bool) -> None:
    fixed = changed(DEPLOYMENT, lambda body: body["spec"].update(replicas=least))
    scaler = changed(AUTOSCALER, lambda body: body["spec"].update(minReplicas=least, maxReplicas=9))
    expected = [] if allowed else ["budget"]

    assert codes(fixed, budget(**spec)) == expected
    assert codes(SCALED, scaler, budget(**spec)) == expected


@pytest.mark.parametrize("spec", [{}, {"minAvailable": 1, "maxUnavailable": 1}])
def test_a_budget_states_exactly_one_bound(spec: dict[str, object]) -> None:
    assert codes(DEPLOYMENT, budget(**spec)) == ["budget-bounds"]


def test_labels_of_the_pods_decide_not_their_order() -> None:
    reversed_labels = dict(reversed(LABELS.items()))

    assert codes(changed(SERVICE, lambda body: body["spec"].update(selector=reversed_labels)), DEPLOYMENT) == []
