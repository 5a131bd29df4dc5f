"""The HorizontalPodAutoscaler: what it follows, and how fast."""

from __future__ import annotations

from collections.abc import Sequence

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import Path
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.spec import Autoscaled, Behavior, CpuMetric, MemoryMetric, Metric

UP_PERIOD_S = 60
DOWN_PERIOD_S = 30


def autoscaler(facts: Facts) -> Draft:
    """Draft the autoscaler of an autoscaled service."""
    scaling = facts.spec.scaling
    if not isinstance(scaling, Autoscaled):
        raise TypeError("a service with a fixed number of pods has no autoscaler")
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.names.autoscaler),
        "target": facts.names.deployment,
        "least": scaling.min,
        "most": scaling.max,
        "metrics": metrics(scaling.metrics),
        "scale_up": _scale_up(scaling.behavior),
        "scale_down": _scale_down(scaling.behavior),
    }
    reasons: dict[Path, str] = {
        ("spec", "behavior", "scaleUp"): (
            f"at most double, or two pods more, in {UP_PERIOD_S} s: pods burn CPU while they start, "
            "and that must not call for still more of them"
        ),
        ("spec", "behavior", "scaleDown"): (
            f"at most half of the pods in {DOWN_PERIOD_S} s, after {scaling.behavior.scale_down_window_seconds} s of "
            "less need: a new pod has to load its model again"
        ),
    }
    if len(scaling.metrics) > 1:
        reasons[("spec", "metrics")] = "CPU stands last, where the API server keeps it"
    return Draft(template="autoscaler", values=values, reasons=reasons)


def metrics(wanted: Sequence[Metric]) -> list[JsonValue]:
    """The metrics in the order that the API server keeps.

    An API server that stores autoscaling/v1 takes CPU out of the list and puts it back at the end
    (https://github.com/kubernetes/kubernetes/issues/74099), which a GitOps controller would fight for ever.
    """
    ordered = sorted(wanted, key=lambda metric: isinstance(metric, CpuMetric))
    return [_metric(metric) for metric in ordered]


def _metric(metric: Metric) -> JsonObject:
    match metric:
        case CpuMetric():
            return _resource("cpu", percent=metric.cpu)
        case MemoryMetric():
            return _resource("memory", percent=metric.memory)
        case _:
            from tfk8s.render.further_metrics import further_metric  # knows kinds that few specs have

            return further_metric(metric)


def _resource(name: str, *, percent: int) -> JsonObject:
    target: JsonObject = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": name, "target": target}}


def _scale_up(behavior: Behavior) -> JsonObject:
    return {
        "stabilizationWindowSeconds": behavior.scale_up_window_seconds,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Pods", "value": 2, "periodSeconds": UP_PERIOD_S},
            {"type": "Percent", "value": 100, "periodSeconds": UP_PERIOD_S},
        ],
    }


def _scale_down(behavior: Behavior) -> JsonObject:
    return {
        "stabilizationWindowSeconds": behavior.scale_down_window_seconds,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Pods", "value": 1, "periodSeconds": DOWN_PERIOD_S},
            {"type": "Percent", "value": 50, "periodSeconds": DOWN_PERIOD_S},
        ],
    }
