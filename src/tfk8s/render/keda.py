"""KEDA's ScaledObject: it makes the HorizontalPodAutoscaler, asks Prometheus for it, knows the time, and goes to zero.

Fields: https://keda.sh/docs/2.21/reference/scaledobject-spec/ and https://keda.sh/docs/2.21/scalers/prometheus/.

There is no `fallback`: a query that gives nothing is an error (`ignoreNullValues: "false"`), on which the autoscaler
leaves the number of pods as it is, which is what a fallback would have to guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from typing_extensions import assert_never

from tfk8s.manifest import JsonObject
from tfk8s.manifest.ownership import MANAGED_BY_LABEL
from tfk8s.manifest.yaml import Path
from tfk8s.names.autoscaling import EXTERNAL_TRIGGER, TRIGGERS, WAKE_TRIGGER
from tfk8s.render.autoscaler import (
    in_order,
    scale_down,
    scale_down_reason,
    scale_up,
    scale_up_reason,
    scaling_of,
    source_of,
)
from tfk8s.render.draft import Draft
from tfk8s.render.external_metrics import metric_reason
from tfk8s.render.facts import Facts
from tfk8s.render.server_queries import scope_of, server_query
from tfk8s.render.timing import startup_budget_s
from tfk8s.spec import (
    ContainerCpuMetric,
    ContainerMemoryMetric,
    CpuMetric,
    ExternalMetric,
    InFlightMetric,
    LatencyMetric,
    MemoryMetric,
    Metric,
    MetricSource,
    Quantity,
    RequestsMetric,
    WakeSpec,
    object_name,
)

LEAST_IDLE_S = 300
EXCLUDED_LABELS_ANNOTATION = "scaledobject.keda.sh/hpa-excluded-labels"
TRANSFER_ANNOTATION = "scaledobject.keda.sh/transfer-hpa-ownership"
ANNOTATIONS = {EXCLUDED_LABELS_ANNOTATION: MANAGED_BY_LABEL, TRANSFER_ANNOTATION: "true"}
_WAKE_THRESHOLD = 1_000_000_000
"""Whatever tells of demand, divided by this, asks for one pod."""


class _Trigger(NamedTuple):
    """One trigger, and why it is so."""

    body: JsonObject
    reason: str


def uses_google(facts: Facts) -> bool:
    """Whether KEDA asks Google's managed Prometheus, as a Google service account."""
    return source_of(facts).project is not None


def trigger_authentication(facts: Facts) -> Draft:
    """Draft how KEDA says who it is: https://keda.sh/docs/2.21/authentication-providers/gcp-workload-identity/."""
    values: dict[str, object] = {"metadata": facts.metadata(_authentication_name(facts))}
    reasons: dict[Path, str] = {
        ("spec", "podIdentity"): "as the Google service account of KEDA's operator, which must be a Monitoring Viewer"
    }
    return Draft(template="trigger_authentication", values=values, reasons=reasons)


def _authentication_name(facts: Facts) -> str:
    return object_name(facts.spec.name, "metrics")


def scaled_object(facts: Facts) -> Draft:
    """Draft the ScaledObject."""
    scaling = scaling_of(facts)
    goes_to_zero = scaling.min == 0
    triggers = list(_triggers(facts))
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name, annotations=ANNOTATIONS),
        "target": facts.names.deployment,
        "least": scaling.min,
        "most": scaling.max,
        "interval_s": source_of(facts).interval_seconds if goes_to_zero else None,
        "idle_s": _idle_s(facts) if goes_to_zero else None,
        "first_idle_s": _first_idle_s(facts) if goes_to_zero else None,
        "autoscaler": facts.names.autoscaler,
        "scale_up": scale_up(facts),
        "scale_down": scale_down(facts),
        "triggers": [trigger.body for trigger in triggers],
    }
    behavior = ("spec", "advanced", "horizontalPodAutoscalerConfig", "behavior")
    reasons: dict[Path, str] = {
        (*behavior, "scaleUp"): scale_up_reason(scaling.behavior),
        (*behavior, "scaleDown"): scale_down_reason(scaling.behavior),
        **{("spec", "triggers", index): trigger.reason for index, trigger in enumerate(triggers)},
        ("metadata", "annotations", EXCLUDED_LABELS_ANNOTATION): "the autoscaler that KEDA makes is KEDA's, not ours",
        ("metadata", "annotations", TRANSFER_ANNOTATION): (
            "KEDA may take over an autoscaler of ours that has its name; without it KEDA refuses this beside that one"
        ),
    }
    if goes_to_zero:
        reasons |= _ZERO_REASONS
    return Draft(template="scaled_object", values=values, reasons=reasons)


def _idle_s(facts: Facts) -> int:
    wake = scaling_of(facts).wake
    if wake is not None and wake.idle_seconds != "auto":
        return wake.idle_seconds
    return max(LEAST_IDLE_S, startup_budget_s(facts.situation).value)


def _first_idle_s(facts: Facts) -> int:
    return startup_budget_s(facts.situation).value + _idle_s(facts)


_ZERO_REASONS: dict[Path, str] = {
    (
        "spec",
        "minReplicaCount",
    ): "KEDA takes the last pod away and starts the first one; in between the autoscaler keeps "
    "at least one. Requests that come to no pod fail",
    ("spec", "cooldownPeriod"): "seconds without demand before the last pod goes",
    (
        "spec",
        "initialCooldownPeriod",
    ): "as long again as the first pod may take to start: without it KEDA would take it away at once",
}


def _triggers(facts: Facts) -> Iterator[_Trigger]:
    scaling = scaling_of(facts)
    if scaling.wake is not None:
        yield _wake(scaling.wake, facts)
    for schedule in scaling.schedules:
        body: JsonObject = {
            "type": "cron",
            "metadata": {
                "timezone": schedule.timezone,
                "start": schedule.start,
                "end": schedule.end,
                "desiredReplicas": str(schedule.min),
            },
        }
        yield _Trigger(body, f"at least {schedule.min} pods from start to end; the other triggers may ask for more")
    for metric in in_order(scaling.metrics):
        yield _of_metric(metric, facts)


def _wake(wake: WakeSpec, facts: Facts) -> _Trigger:
    body = _prometheus(
        facts,
        name=WAKE_TRIGGER,
        query=wake.query,
        threshold=str(_WAKE_THRESHOLD),
        above=wake.above,
        nothing_is_zero=True,
    )
    reason = "tells of demand while there is no pod; so high a threshold that it never asks for more than one"
    return _Trigger(body, reason)


def _of_metric(metric: Metric, facts: Facts) -> _Trigger:
    match metric:
        case CpuMetric():
            return _resource("cpu", percent=metric.cpu)
        case MemoryMetric():
            return _resource("memory", percent=metric.memory)
        case ContainerCpuMetric():
            return _resource("cpu", percent=metric.container_cpu, container=metric.container)
        case ContainerMemoryMetric():
            return _resource("memory", percent=metric.container_memory, container=metric.container)
        case ExternalMetric():
            return _outside(metric, facts)
        case RequestsMetric():
            return _of_server(metric, facts, name=TRIGGERS[metric.kind], threshold=_plain(metric.requests_per_second))
        case InFlightMetric():
            return _of_server(metric, facts, name=TRIGGERS[metric.kind], threshold=_plain(metric.in_flight))
        case LatencyMetric():
            threshold = str(metric.latency_milliseconds)
            found = _of_server(metric, facts, name=TRIGGERS[metric.kind], threshold=threshold)
            return found._replace(body={**found.body, "metricType": "Value"})
        case _:
            assert_never(metric)


def _resource(kind: str, *, percent: int, container: str | None = None) -> _Trigger:
    named: JsonObject = {"containerName": container} if container is not None else {}
    body: JsonObject = {"type": kind, "metricType": "Utilization", "metadata": {"value": str(percent), **named}}
    return _Trigger(body, f"percent of the {kind} request, as a HorizontalPodAutoscaler has it")


def _outside(metric: ExternalMetric, facts: Facts) -> _Trigger:
    external = metric.external
    target = external.average_value or external.value
    if external.query is None or target is None:
        raise TypeError("a trigger needs a query and a target")
    name = f"{EXTERNAL_TRIGGER}{external.name}"
    body = _prometheus(facts, name=name, query=external.query, threshold=_plain(target), above=0)
    if external.value is not None:
        return _Trigger({**body, "metricType": "Value"}, "the number as a whole, as the spec says")
    return _Trigger(body, "so many for each pod, as the spec says")


def _of_server(
    metric: RequestsMetric | InFlightMetric | LatencyMetric, facts: Facts, *, name: str, threshold: str
) -> _Trigger:
    query = server_query(metric, scope_of(facts))
    return _Trigger(
        _prometheus(facts, name=name, query=query, threshold=threshold, above=0), metric_reason(metric, facts)
    )


def _prometheus(
    facts: Facts, *, name: str, query: str, threshold: str, above: int, nothing_is_zero: bool = False
) -> JsonObject:
    source = source_of(facts)
    body: JsonObject = {
        "type": "prometheus",
        "name": name,
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": source.server or _google_address(source),
            "query": query,
            "threshold": threshold,
            "activationThreshold": str(above),
            "ignoreNullValues": "true" if nothing_is_zero else "false",
        },
    }
    if source.project is not None:
        body["authenticationRef"] = {"name": _authentication_name(facts)}
    return body


def _google_address(source: MetricSource) -> str:
    """https://cloud.google.com/stackdriver/docs/managed-prometheus/query-api-ui."""
    return f"https://monitoring.googleapis.com/v1/projects/{source.project}/location/global/prometheus"


def _plain(amount: Quantity) -> str:
    """As a number, which KEDA reads, where Kubernetes reads quantities."""
    return f"{amount.value.normalize():f}"
