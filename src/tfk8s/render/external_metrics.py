"""Metrics of a HorizontalPodAutoscaler beside CPU and memory of the pods: of a container, of the server, from outside.

What the server counts is an External metric of the total, divided by the number of pods (AverageValue): the autoscaler
then needs no series of each pod, and a pod that is not collected yet does not count as one without load.
"""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import assert_never

from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import Path
from tfk8s.names.autoscaling import GOOGLE_PREFIX, GOOGLE_SUFFIX, RECORDED
from tfk8s.render.autoscaler import source_kind, source_of
from tfk8s.render.facts import Facts, in_key_order
from tfk8s.spec import (
    ContainerCpuMetric,
    ContainerMemoryMetric,
    CpuMetric,
    ExternalMetric,
    InFlightMetric,
    LatencyMetric,
    MemoryMetric,
    Metric,
    Quantity,
    RequestsMetric,
)


def further_metric(metric: Metric, facts: Facts) -> JsonObject:
    """One entry of `spec.metrics`."""
    match metric:
        case ContainerCpuMetric():
            return _container("cpu", container=metric.container, percent=metric.container_cpu)
        case ContainerMemoryMetric():
            return _container("memory", container=metric.container, percent=metric.container_memory)
        case ExternalMetric():
            external = metric.external
            named: JsonObject = {"name": external.name}
            if external.selector:
                named["selector"] = {"matchLabels": in_key_order(dict(external.selector))}
            return _external(named, average=external.average_value, whole=external.value)
        case RequestsMetric():
            return _external(_named(metric, facts), average=metric.requests_per_second)
        case InFlightMetric():
            return _external(_named(metric, facts), average=metric.in_flight)
        case LatencyMetric():
            return _external(_named(metric, facts), whole=metric.latency_milliseconds)
        case CpuMetric() | MemoryMetric():
            raise TypeError(f"{metric.kind} is a Resource metric")
        case _:
            assert_never(metric)


def _container(resource: str, *, container: str, percent: int) -> JsonObject:
    target: JsonObject = {"type": "Utilization", "averageUtilization": percent}
    named: JsonObject = {"name": resource, "container": container, "target": target}
    return {"type": "ContainerResource", "containerResource": named}


def _external(named: JsonObject, *, average: Quantity | None = None, whole: Quantity | int | None = None) -> JsonObject:
    target: JsonObject = (
        {"type": "Value", "value": str(whole)}
        if average is None
        else {"type": "AverageValue", "averageValue": str(average)}
    )
    return {"type": "External", "external": {"metric": named, "target": target}}


def _named(metric: RequestsMetric | InFlightMetric | LatencyMetric, facts: Facts) -> JsonObject:
    """Name and labels of a metric of the server, as its source gives it."""
    recorded = RECORDED[metric.kind]
    if source_kind(facts) == "gke":
        from tfk8s.render.gke_rules import recorded_selector

        name = f"{GOOGLE_PREFIX}{recorded}{GOOGLE_SUFFIX}"
        return {"name": name, "selector": {"matchLabels": recorded_selector(metric, facts)}}
    from tfk8s.render.adapter_rules import asked_selector

    return {"name": recorded, "selector": asked_selector(metric, facts)}


def metric_reasons(facts: Facts, ordered: Sequence[Metric]) -> dict[Path, str]:
    """Why each metric of the server is as it is."""
    found: dict[Path, str] = {}
    for index, metric in enumerate(ordered):
        if metric.kind in RECORDED:
            found["spec", "metrics", index] = metric_reason(metric, facts)
    return found


def metric_reason(metric: Metric, facts: Facts) -> str:
    """What a metric of the server says, and over how long."""
    window = source_of(facts).window_seconds
    match metric:
        case RequestsMetric():
            return f"predictions a second, answered and failed, over {window} s; probes are not counted; for each pod"
        case InFlightMetric():
            return f"seconds of predicting in a second, over {window} s: predictions at a time; for each pod"
        case LatencyMetric():
            return f"milliseconds that {metric.percentile} of 100 predictions stay below, over {window} s; of all pods"
        case _:
            return "as the spec says"
