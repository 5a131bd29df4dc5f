"""What moves the number of pods: what it follows, and how fast. An autoscaler of ours, or one that KEDA makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import Path
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.spec import Autoscaled, Behavior, CpuMetric, MemoryMetric, Metric

if TYPE_CHECKING:
    from tfk8s.spec import MetricSource

UP_PERIOD_S = 60
DOWN_PERIOD_S = 30
ZERO_MINOR = 37
"""HPAScaleToZero is off before: https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/."""


def scaling_of(facts: Facts) -> Autoscaled:
    """How a service that is autoscaled is."""
    scaling = facts.spec.scaling
    if not isinstance(scaling, Autoscaled):
        raise TypeError("a service with a fixed number of pods has no autoscaler")
    return scaling


def source_kind(facts: Facts) -> str | None:
    """Who knows the server's metrics; None where nobody is asked for them."""
    scaling = facts.spec.scaling
    return scaling.source.kind if isinstance(scaling, Autoscaled) and scaling.source is not None else None


def source_of(facts: Facts) -> MetricSource:
    """Who knows the server's metrics, of a service that follows one."""
    source = scaling_of(facts).source
    if source is None:
        raise TypeError("a service without a source follows no metric of the server")
    return source


def has_autoscaler(facts: Facts) -> bool:
    """Whether the HorizontalPodAutoscaler is ours; KEDA makes its own."""
    return isinstance(facts.spec.scaling, Autoscaled) and source_kind(facts) != "keda"


def autoscaler(facts: Facts) -> Draft:
    """Draft the HorizontalPodAutoscaler of an autoscaled service.

    Raises:
        InputError: it may go to zero pods, which the release to render for does not know.
    """
    scaling = scaling_of(facts)
    if scaling.min == 0 and facts.options.kubernetes_minor < ZERO_MINOR:
        raise InputError(
            f"scaling.min is 0, which a HorizontalPodAutoscaler takes since Kubernetes 1.{ZERO_MINOR}, and this is for "
            f"1.{facts.options.kubernetes_minor}",
            hint="write min: 1, take source.kind keda, or render for a newer one with --kubernetes",
        )
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.names.autoscaler),
        "target": facts.names.deployment,
        "least": scaling.min,
        "most": scaling.max,
        "metrics": metrics(facts),
        "scale_up": scale_up(facts),
        "scale_down": scale_down(facts),
    }
    reasons: dict[Path, str] = {
        ("spec", "behavior", "scaleUp"): scale_up_reason(scaling.behavior),
        ("spec", "behavior", "scaleDown"): scale_down_reason(scaling.behavior),
    }
    if len(scaling.metrics) > 1:
        reasons[("spec", "metrics")] = "CPU stands last, where the API server keeps it"
    if source_kind(facts) is not None:
        from tfk8s.render.external_metrics import metric_reasons

        reasons |= metric_reasons(facts, in_order(scaling.metrics))
    return Draft(template="autoscaler", values=values, reasons=reasons)


def metrics(facts: Facts) -> list[JsonValue]:
    """The metrics in the order that the API server keeps."""
    return [_metric(metric, facts) for metric in in_order(scaling_of(facts).metrics)]


def in_order(wanted: Sequence[Metric]) -> list[Metric]:
    """CPU last.

    An API server that stores autoscaling/v1 takes CPU out of the list and puts it back at the end
    (https://github.com/kubernetes/kubernetes/issues/74099), which a GitOps controller would fight for ever.
    """
    return sorted(wanted, key=lambda metric: isinstance(metric, CpuMetric))


def _metric(metric: Metric, facts: Facts) -> JsonObject:
    match metric:
        case CpuMetric():
            return _resource("cpu", percent=metric.cpu)
        case MemoryMetric():
            return _resource("memory", percent=metric.memory)
        case _:
            from tfk8s.render.external_metrics import further_metric  # knows kinds that few specs have

            return further_metric(metric, facts)


def _resource(name: str, *, percent: int) -> JsonObject:
    target: JsonObject = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": name, "target": target}}


def scale_up(facts: Facts) -> JsonObject:
    """How fast pods are added."""
    behavior = scaling_of(facts).behavior
    if behavior.scale_up is not None:
        from tfk8s.render.paces import pace

        return pace(behavior.scale_up, facts, window_s=behavior.scale_up_window_seconds, usual=_usual_up())
    return {
        "stabilizationWindowSeconds": behavior.scale_up_window_seconds,
        "selectPolicy": "Max",
        "policies": _usual_up(),
    }


def scale_down(facts: Facts) -> JsonObject:
    """How fast pods are removed."""
    behavior = scaling_of(facts).behavior
    if behavior.scale_down is not None:
        from tfk8s.render.paces import pace

        return pace(behavior.scale_down, facts, window_s=behavior.scale_down_window_seconds, usual=_usual_down())
    return {
        "stabilizationWindowSeconds": behavior.scale_down_window_seconds,
        "selectPolicy": "Max",
        "policies": _usual_down(),
    }


def _usual_up() -> list[JsonValue]:
    return [
        {"type": "Pods", "value": 2, "periodSeconds": UP_PERIOD_S},
        {"type": "Percent", "value": 100, "periodSeconds": UP_PERIOD_S},
    ]


def _usual_down() -> list[JsonValue]:
    return [
        {"type": "Pods", "value": 1, "periodSeconds": DOWN_PERIOD_S},
        {"type": "Percent", "value": 50, "periodSeconds": DOWN_PERIOD_S},
    ]


def scale_up_reason(behavior: Behavior) -> str:
    """Why pods are added that fast."""
    if behavior.scale_up is not None:
        from tfk8s.render.paces import pace_reason

        return pace_reason(behavior.scale_up, key="scaleUp", usual=_USUAL_UP)
    return _USUAL_UP


def scale_down_reason(behavior: Behavior) -> str:
    """Why pods are removed that fast."""
    window = f"after {behavior.scale_down_window_seconds} s of less need"
    usual = f"at most half of the pods in {DOWN_PERIOD_S} s, {window}: a new pod has to load its model again"
    if behavior.scale_down is not None:
        from tfk8s.render.paces import pace_reason

        return pace_reason(behavior.scale_down, key="scaleDown", usual=usual)
    return usual


_USUAL_UP = (
    f"at most double, or two pods more, in {UP_PERIOD_S} s: pods burn CPU while they start, "
    "and that must not call for still more of them"
)
