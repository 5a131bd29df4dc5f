"""Who is told to collect the metrics, and which rules go with an objective; what these give is asked in contract."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.render.specs import body, rendered, spec
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.render.service_rules import plain, rule_groups, threshold
from tfk8s.render.watched import bucket_of
from tfk8s.spec.burn import BURNS, WINDOWS

GKE = {"provider": "gke", "project": "my-project", "location": "us-central1", "name": "serving", "nodes": 1}
ANNOTATIONS = ("prometheus.io/path", "prometheus.io/port", "prometheus.io/scrape")
COLLECTORS = {"PodMonitoring", "PodMonitor", "ServiceMonitor", "PrometheusRule", "Rules"}


def kinds(**fields: Any) -> set[str]:
    return {manifest.ref.kind for manifest in rendered(**fields).manifests} & COLLECTORS


def pod_annotations(**fields: Any) -> list[str]:
    metadata = object_at(body(rendered(**fields), "Deployment"), "spec", "template", "metadata")
    return [key for key in object_at(metadata, "annotations") if key in ANNOTATIONS]


def test_a_prometheus_that_goes_by_annotations_finds_every_service() -> None:
    annotations = object_at(
        body(rendered(existing={"serverPorts": {"rest": 8600}}), "Deployment"),
        *("spec", "template", "metadata", "annotations"),
    )

    assert [annotations[key] for key in ANNOTATIONS] == ["/monitoring/prometheus/metrics", "8600", "true"]
    assert kinds() == set()


def test_what_somebody_says_by_annotations_of_his_own_wins() -> None:
    found = rendered(annotations={"prometheus.io/scrape": "false"})

    metadata = object_at(body(found, "Deployment"), "spec", "template", "metadata")
    assert object_at(metadata, "annotations")["prometheus.io/scrape"] == "false"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"cluster": {**GKE, "managedPrometheus": True}}, {"PodMonitoring"}),
        ({"serving": {"podMonitoring": True}}, {"PodMonitoring"}),
        ({"monitoring": {"scrape": "podMonitor"}}, {"PodMonitor"}),
        ({"monitoring": {"scrape": "serviceMonitor"}}, {"ServiceMonitor"}),
        ({"monitoring": {"scrape": "none"}}, set()),
        ({"serving": {"monitoring": False}}, set()),
    ],
)
def test_pods_are_collected_once(fields: dict[str, Any], kind: set[str]) -> None:
    """By an object or by annotations: both together would count every request twice."""
    in_reach = {"model": {"source": "pvc://models/resnet"}, **fields}

    assert kinds(**in_reach) == kind
    assert pod_annotations(**in_reach) == []


def test_a_port_of_the_service_without_a_name_is_known_by_that_of_the_pods() -> None:
    def endpoint(**existing: Any) -> dict[str, Any]:
        found = rendered(monitoring={"scrape": "serviceMonitor"}, existing=existing)
        (only,) = objects_at(body(found, "ServiceMonitor"), "spec", "endpoints")
        return dict(only)

    assert endpoint()["port"] == "rest"
    assert endpoint(portNames={"rest": "http"})["port"] == "http"
    unnamed = endpoint(portNames={"rest": ""})
    assert (unnamed.get("port"), unnamed["targetPort"]) == (None, "rest")


@pytest.mark.parametrize(
    ("monitoring", "expected"),
    [
        ({"scrape": "podMonitor", "objective": {}}, {"PodMonitor", "PrometheusRule"}),
        ({"scrape": "serviceMonitor", "objective": {}}, {"ServiceMonitor", "PrometheusRule"}),
        ({"scrape": "podMonitoring", "objective": {}}, {"PodMonitoring", "Rules"}),
        ({"scrape": "podMonitor", "objective": {}, "alerts": False}, {"PodMonitor"}),
        ({"scrape": "podMonitor"}, {"PodMonitor"}),
        ({"scrape": "annotations", "objective": {}}, set()),
    ],
)
def test_rules_come_with_an_objective_where_a_prometheus_reads_objects(
    monitoring: dict[str, Any], expected: set[str]
) -> None:
    assert kinds(monitoring=monitoring) == expected


def test_rules_of_an_autoscaler_and_of_an_objective_are_two_objects() -> None:
    found = rendered(
        scaling={"max": 9, "metrics": [{"requestsPerSecond": 5}], "source": {"kind": "gke"}},
        monitoring={"scrape": "podMonitoring", "objective": {}},
    )

    assert [item.ref.name for item in found.manifests if item.ref.kind == "Rules"] == ["resnet", "resnet-alerts"]


@pytest.mark.parametrize(
    ("milliseconds", "bound", "pattern"),
    [
        (1, 1.102, "1102([.]0)?"),
        (300, 393.464, "393464([.]0)?"),
        (394, 708.235, "708235([.]0)?"),
        (1000, 1274.82, "1[.]27482e[+]06"),
    ],
)
def test_the_first_step_of_the_server_that_is_no_less_is_taken(milliseconds: int, bound: float, pattern: str) -> None:
    found = bucket_of(milliseconds)

    assert found.milliseconds == pytest.approx(bound, rel=1e-3)
    assert found.milliseconds >= milliseconds
    assert found.pattern == pattern


def test_errors_are_asked_for_at_the_rates_of_the_workbook() -> None:
    assert [plain(burn.factor(30)) for burn in BURNS] == ["14.4", "6", "3", "1"]
    assert plain(threshold(99.9, Decimal("14.4"))) == "0.0144"
    assert {burn.long for burn in BURNS} | {burn.short for burn in BURNS} == set(WINDOWS)


def alerts(**fields: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group in rule_groups(spec(**fields)):
        assert isinstance(group, dict)
        for rule in objects_at(group, "rules"):
            if "alert" in rule:
                found.setdefault(text_at(rule, "alert"), []).append(text_at(rule, "expr"))
    return found


def test_each_objective_has_its_alerts_and_causes_have_theirs_without_one() -> None:
    causes = {"TfServingNoPod", "TfServingLoadFails", "TfServingRestarts", "TfServingOutOfMemory"}

    assert set(alerts()) == causes
    assert set(alerts(scaling={"min": 1, "max": 3})) == causes | {"TfServingAtMostPods"}
    both = alerts(monitoring={"objective": {"latencyMilliseconds": 200}})
    assert {name: len(found) for name, found in both.items() if "Budget" in name} == {
        "TfServingErrorBudgetBurn": 4,
        "TfServingLatencyBudgetBurn": 4,
    }


def test_a_service_that_may_sleep_is_not_missed_while_it_does() -> None:
    source = {"kind": "keda", "server": "http://prometheus.monitoring:9090"}

    found = alerts(scaling={"min": 0, "max": 3, "source": source, "wake": {"query": "sum(a)"}})

    assert "TfServingNoPod" not in found


def test_what_an_alert_asks_for_is_recorded() -> None:
    groups = rule_groups(spec(monitoring={"objective": {"latencyMilliseconds": 200}}))
    rules = [rule for group in groups if isinstance(group, dict) for rule in objects_at(group, "rules")]
    recorded = {text_at(rule, "record") for rule in rules if "record" in rule}

    for queries in alerts(monitoring={"objective": {"latencyMilliseconds": 200}}).values():
        for line in "\n".join(queries).split("\n"):
            if line.startswith("tfk8s:"):
                assert line.partition("{")[0] in recorded
