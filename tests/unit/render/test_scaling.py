"""What moves the pods: by which back-end, in which fields, with which numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.render.specs import body, codes, of_kind, rendered
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.render import Rendered

KEDA = {"kind": "keda", "server": "http://prometheus.monitoring:9090"}
SERVER_METRICS: tuple[dict[str, Any], ...] = (
    {"requestsPerSecond": 0.5},
    {"inFlight": 4},
    {"latencyMilliseconds": 200, "percentile": 99},
)


def scaled(*metrics: dict[str, Any], minor: int = 34, **scaling: Any) -> Rendered:
    """A service with these metrics."""
    return rendered(minor=minor, scaling={"max": 9, "metrics": list(metrics) or [{"cpu": 60}], **scaling})


def triggers(found: Rendered) -> dict[str, JsonObject]:
    """KEDA's triggers by name, or by type where they have none."""
    listed = objects_at(body(found, "ScaledObject"), "spec", "triggers")
    return {str(trigger.get("name", trigger["type"])): trigger for trigger in listed}


def field(found: Rendered, kind: str, *path: str) -> object:
    value: object = body(found, kind)
    for step in path:
        assert isinstance(value, dict)
        value = value.get(step)
    return value


def test_keda_gets_a_scaled_object_and_makes_the_autoscaler_itself() -> None:
    found = scaled({"requestsPerSecond": 50}, source=KEDA, min=2)

    assert of_kind(found, "HorizontalPodAutoscaler") == []
    assert "replicas" not in body(found, "Deployment")["spec"]  # type: ignore[operator]
    assert text_at(body(found, "ScaledObject"), "spec", "scaleTargetRef", "name") == "resnet"
    assert field(found, "ScaledObject", "spec", "minReplicaCount") == 2
    assert field(found, "ScaledObject", "spec", "maxReplicaCount") == 9
    config = ("spec", "advanced", "horizontalPodAutoscalerConfig")
    assert text_at(body(found, "ScaledObject"), *config, "name") == "resnet"
    assert field(found, "ScaledObject", *config, "behavior", "scaleDown", "stabilizationWindowSeconds") == 300


def test_the_autoscaler_of_keda_does_not_carry_the_label_of_what_tfk8s_prunes() -> None:
    key = "scaledobject.keda.sh/hpa-excluded-labels"

    found = scaled({"requestsPerSecond": 50}, source=KEDA)

    assert text_at(body(found, "ScaledObject"), "metadata", "annotations", key) == "app.kubernetes.io/managed-by"


def test_thresholds_are_plain_numbers_and_a_latency_is_one_of_all_pods() -> None:
    found = triggers(scaled(*SERVER_METRICS, source=KEDA))

    assert {name: text_at(trigger, "metadata", "threshold") for name, trigger in found.items()} == {
        "requests-per-second": "0.5",
        "in-flight": "4",
        "latency-milliseconds": "200",
    }
    assert {name: trigger["metricType"] for name, trigger in found.items()} == {
        "requests-per-second": "AverageValue",
        "in-flight": "AverageValue",
        "latency-milliseconds": "Value",
    }
    assert "99 / 100" in text_at(found["latency-milliseconds"], "metadata", "query")


def test_no_answer_of_prometheus_is_an_error_and_no_zero() -> None:
    for trigger in triggers(scaled(*SERVER_METRICS, source=KEDA)).values():
        assert text_at(trigger, "metadata", "ignoreNullValues") == "false"


def test_keda_reads_resources_of_pods_and_containers() -> None:
    found = scaled({"memory": 80}, {"containerCpu": 70, "container": "proxy"}, source=KEDA)

    assert [(trigger["type"], trigger["metadata"]) for trigger in triggers(found).values()] == [
        ("memory", {"value": "80"}),
        ("cpu", {"value": "70", "containerName": "proxy"}),
    ]


def test_what_only_matters_at_zero_pods_is_said_there_alone() -> None:
    """KEDA warns of each elsewhere."""
    for key in ("pollingInterval", "cooldownPeriod", "initialCooldownPeriod"):
        assert field(scaled(source=KEDA), "ScaledObject", "spec", key) is None
        assert field(scaled(source=KEDA, min=0, wake={"query": "up"}), "ScaledObject", "spec", key) is not None


def test_the_first_pod_may_start_before_it_is_taken_away_and_so_may_every_other() -> None:
    slow = rendered(
        scaling={"min": 0, "max": 3, "source": KEDA, "wake": {"query": "up"}}, lifecycle={"startupSeconds": 900}
    )

    assert field(slow, "ScaledObject", "spec", "cooldownPeriod") == 900
    assert field(slow, "ScaledObject", "spec", "initialCooldownPeriod") == 1800


def test_a_stated_time_without_demand_counts_and_is_warned_of_when_a_pod_starts_slower() -> None:
    found = scaled(source=KEDA, min=0, wake={"query": "up", "idleSeconds": 60})

    assert field(found, "ScaledObject", "spec", "cooldownPeriod") == 60
    assert "idle-short" in codes(found)
    assert "idle-short" not in codes(scaled(source=KEDA, min=0, wake={"query": "up", "idleSeconds": 600}))


def test_what_wakes_a_service_never_asks_for_more_than_one_pod() -> None:
    found = triggers(scaled(source=KEDA, min=0, wake={"query": "sum(gateway)", "above": 3}))["wake"]

    assert found["metadata"] == {
        "serverAddress": "http://prometheus.monitoring:9090",
        "query": "sum(gateway)",
        "threshold": "1000000000",
        "activationThreshold": "3",
        "ignoreNullValues": "true",
    }


def test_at_zero_pods_a_query_of_the_server_is_zero_only_while_nothing_tells_of_demand() -> None:
    metrics = ({"requestsPerSecond": 5}, {"external": {"name": "queue", "query": "sum(queue)", "averageValue": 3}})

    woken = triggers(scaled(*metrics, source=KEDA, min=0, wake={"query": "sum(gateway)", "above": 3}))
    always = triggers(scaled(*metrics, source=KEDA))

    told = "(vector(0) unless on() ((sum(gateway)) > 3 or (sum(queue)) > 0))"
    assert text_at(woken["requests-per-second"], "metadata", "query").endswith(told)
    assert "vector(0)" not in text_at(always["requests-per-second"], "metadata", "query")
    assert text_at(woken["external-queue"], "metadata", "query") == "sum(queue)"


def test_a_schedule_is_a_floor_between_two_times() -> None:
    schedule = {"start": "0 8 * * 1-5", "end": "0 18 * * 1-5", "timezone": "Europe/Berlin", "min": 4}

    found = triggers(scaled(source=KEDA, schedules=[schedule]))

    assert found["cron"]["metadata"] == {
        "timezone": "Europe/Berlin",
        "start": "0 8 * * 1-5",
        "end": "0 18 * * 1-5",
        "desiredReplicas": "4",
    }


def test_googles_prometheus_is_asked_as_a_google_account() -> None:
    source = {"kind": "keda", "project": "my-project"}

    found = rendered(
        scaling={"max": 9, "metrics": [{"requestsPerSecond": 5}], "source": source}, serving={"podMonitoring": True}
    )

    trigger = triggers(found)["requests-per-second"]
    address = "https://monitoring.googleapis.com/v1/projects/my-project/location/global/prometheus"
    assert text_at(trigger, "metadata", "serverAddress") == address
    assert text_at(trigger, "authenticationRef", "name") == text_at(
        body(found, "TriggerAuthentication"), "metadata", "name"
    )
    assert field(found, "TriggerAuthentication", "spec", "podIdentity", "provider") == "gcp"


def test_google_records_what_the_autoscaler_reads_and_collects_often_enough() -> None:
    found = rendered(
        scaling={"max": 9, "metrics": [*SERVER_METRICS], "source": {"kind": "gke"}}, serving={"podMonitoring": True}
    )

    (group,) = objects_at(body(found, "Rules"), "spec", "groups")
    recorded = {f"prometheus.googleapis.com|{rule['record']}|gauge" for rule in objects_at(group, "rules")}
    asked = objects_at(body(found, "HorizontalPodAutoscaler"), "spec", "metrics")
    assert {text_at(metric, "external", "metric", "name") for metric in asked} == recorded
    (endpoint,) = objects_at(body(found, "PodMonitoring"), "spec", "endpoints")
    assert endpoint["interval"] == "15s"


def test_pods_are_collected_as_before_where_no_autoscaler_follows_their_metrics() -> None:
    (endpoint,) = objects_at(body(rendered(serving={"podMonitoring": True}), "PodMonitoring"), "spec", "endpoints")

    assert endpoint["interval"] == "30s"


def test_an_adapter_is_told_whom_a_metric_is_about() -> None:
    source = {"kind": "prometheus-adapter", "windowSeconds": 120}

    found = scaled(*SERVER_METRICS, {"cpu": 60}, source=source)

    *counted, cpu = objects_at(body(found, "HorizontalPodAutoscaler"), "spec", "metrics")
    assert cpu["type"] == "Resource"
    assert counted[0]["external"] == {
        "metric": {
            "name": "tfk8s_requests_per_second",
            "selector": {
                "matchLabels": {"namespace": "default", "service": "resnet", "window": "120s"},
                "matchExpressions": [{"key": "model", "operator": "In", "values": ["resnet"]}],
            },
        },
        "target": {"type": "AverageValue", "averageValue": "500m"},
    }
    latency = counted[2]
    assert text_at(latency, "external", "metric", "selector", "matchLabels", "percentile") == "99"
    assert text_at(latency, "external", "target", "type") == "Value"


def test_zero_pods_without_keda_need_a_release_that_has_them() -> None:
    queue = {"external": {"name": "queue", "averageValue": 3}}

    found = scaled(queue, min=0, minor=37)

    assert field(found, "HorizontalPodAutoscaler", "spec", "minReplicas") == 0
    with pytest.raises(InputError, match=r"since Kubernetes 1\.37, and this is for 1\.36"):
        scaled(queue, min=0, minor=36)


@pytest.mark.parametrize("source", [None, KEDA])
def test_a_tolerance_is_written_for_releases_that_keep_it_and_warned_of_for_others(source: object) -> None:
    behavior = {"scaleDown": {"tolerancePercent": 5}}
    where = ("spec", "behavior") if source is None else _KEDA_BEHAVIOR
    kind = "HorizontalPodAutoscaler" if source is None else "ScaledObject"

    new, old = (scaled(behavior=behavior, minor=minor, **({"source": source} if source else {})) for minor in (35, 34))

    assert field(new, kind, *where, "scaleDown", "tolerance") == "50m"
    assert field(old, kind, *where, "scaleDown", "tolerance") is None
    assert [code for code in codes(old) if code not in codes(new)] == ["tolerance-unknown"]


_KEDA_BEHAVIOR = ("spec", "advanced", "horizontalPodAutoscalerConfig", "behavior")


def test_paces_are_written_whole_so_that_no_default_of_the_api_server_is_a_difference() -> None:
    found = scaled(behavior={"scaleUp": {"policies": [{"percent": 50, "seconds": 15}], "select": "min"}})

    assert field(found, "HorizontalPodAutoscaler", "spec", "behavior", "scaleUp") == {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Min",
        "policies": [{"type": "Percent", "value": 50, "periodSeconds": 15}],
    }


def test_a_direction_can_be_disabled() -> None:
    found = field(scaled(behavior={"scaleDown": {"select": "disabled"}}), "HorizontalPodAutoscaler", "spec", "behavior")

    assert isinstance(found, dict)
    assert found["scaleDown"]["selectPolicy"] == "Disabled"
    assert found["scaleUp"]["selectPolicy"] == "Max"


def test_a_window_that_most_prometheuses_cannot_fill_is_warned_of() -> None:
    short = scaled({"inFlight": 4}, source={**KEDA, "windowSeconds": 30})

    assert "window-short" in codes(short)
    assert "window-short" not in codes(scaled({"inFlight": 4}, source=KEDA))
