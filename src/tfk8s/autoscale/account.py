"""The arithmetic of one metric in words, computed by the very functions that the model decides with."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tfk8s.autoscale.config import RESOURCES, AverageValue, Source, Utilization, Value
from tfk8s.autoscale.explanation import MetricAccount
from tfk8s.autoscale.integers import ceil_to_int32
from tfk8s.autoscale.pods import PodTotals
from tfk8s.autoscale.proposal import Invalid, NoReading, ServiceValue, correct, is_within, pods_ratio, service_ratio
from tfk8s.autoscale.reading import status_of
from tfk8s.manifest.fields import integer_at, text_at, value_at
from tfk8s.spec.quantity import Quantity

if TYPE_CHECKING:
    from tfk8s.autoscale.config import Metric
    from tfk8s.autoscale.live import LiveScaler
    from tfk8s.autoscale.proposal import Reading, Scale
    from tfk8s.manifest import JsonObject


def account(
    metric: Metric,
    reading: Reading,
    *,
    seen: LiveScaler,
    proposal: int | Invalid | None,
    tolerated: tuple[float, float],
    decides: bool,
) -> MetricAccount:
    """Tell what a metric read and what that comes to.

    Args:
        metric: Of the spec.
        reading: What it reads now.
        seen: For what it read at the last sync.
        proposal: Of `decide`; None: the metrics were not asked.
        tolerated: Lowest and highest ratio that change nothing.
        decides: Whether it is the one that counts.
    """
    return MetricAccount(
        name=name_of(metric),
        target=target_words(metric),
        current=current_words(metric, status_of(metric, seen.scaler)),
        computed=_computed(
            metric,
            reading,
            scale=seen.scale,
            proposal=proposal,
            tolerated=tolerated,
            is_live=seen.pod_metrics is not None and metric.source in RESOURCES,
        ),
        proposal=proposal if isinstance(proposal, int) else None,
        decides=decides,
    )


def name_of(metric: Metric) -> str:
    """Say a metric as people do."""
    match metric.source:
        case Source.RESOURCE:
            return metric.name
        case Source.CONTAINER_RESOURCE:
            return f"{metric.name} of container {metric.container}"
        case Source.PODS:
            return f"{metric.name} of the pods"
        case Source.OBJECT:
            return f"{metric.name} of an object"
        case Source.EXTERNAL:
            return f"external {metric.name}"


def target_words(metric: Metric) -> str:
    """Say a target with its unit."""
    if isinstance(metric.target, Utilization):
        return f"{metric.target.percent} % of the request"
    amount = amount_words(metric, metric.target.milli)
    return f"{amount} per pod" if isinstance(metric.target, AverageValue) else f"{amount} in all"


def amount_words(metric: Metric, milli: int) -> str:
    """Write a value as Kubernetes does, memory in binary units."""
    quantity = Quantity(Decimal(milli) / 1000, is_binary=metric.name == "memory")
    if quantity.is_binary and quantity.value >= 1 << 20:
        return f"{quantity.value / (1 << 20):.0f}Mi"
    return str(quantity)


def current_words(metric: Metric, current: JsonObject) -> str:
    """Say what the status has of a metric; "unknown" where it has nothing."""
    if not current:
        return "unknown"
    if isinstance(metric.target, Utilization):
        used = f" ({text_at(current, 'averageValue')} per pod)" if text_at(current, "averageValue") else ""
        return f"{integer_at(current, 'averageUtilization')} %{used}"
    key, where = ("averageValue", "per pod") if isinstance(metric.target, AverageValue) else ("value", "in all")
    return f"{value_at(current, key)} {where}"


def _computed(
    metric: Metric,
    reading: Reading,
    *,
    scale: Scale,
    proposal: int | Invalid | None,
    tolerated: tuple[float, float],
    is_live: bool,
) -> str:
    if isinstance(reading, NoReading) or not isinstance(proposal, int):
        return ""
    if isinstance(reading, PodTotals):
        said = _usage_words(metric, reading) if is_live else f"of {_pods(reading.counted)} at the last sync"
        return f"{said}; {_of_pods(metric, reading, proposal=proposal, tolerated=tolerated)}"
    return _of_service(metric, reading, scale=scale, proposal=proposal, tolerated=tolerated)


def _of_service(
    metric: Metric, reading: ServiceValue, *, scale: Scale, proposal: int, tolerated: tuple[float, float]
) -> str:
    target = metric.target
    if isinstance(target, Utilization):
        return ""
    value, goal = amount_words(metric, reading.milli), amount_words(metric, target.milli)
    ratio = service_ratio(target, reading, scale=scale)
    if isinstance(target, AverageValue):
        relation = f"{value} / ({goal} x {_pods(scale.status)}) = {ratio:.3f}"
        steps = f"ceil({value} / {goal})"
    else:
        relation, steps = f"{value} / {goal} = {ratio:.3f}", f"ceil({ratio:.3f} x {_pods(reading.ready, 'ready ')})"
    if isinstance(target, Value) and scale.spec == 0:
        return f"no pod to multiply: ceil({value} / {goal}) = {proposal}"
    if is_within(ratio, tolerated):
        return f"{relation}, {_tolerance_words(ratio, tolerated)}: {_pods(proposal)} stay"
    return f"{relation}, {_tolerance_words(ratio, tolerated)}: {steps} = {proposal}"


def _of_pods(metric: Metric, totals: PodTotals, *, proposal: int, tolerated: tuple[float, float]) -> str:
    ratio = pods_ratio(metric.target, totals)
    said = _ratio_words(metric, ratio)
    corrected = correct(metric.target, totals, ratio=ratio)
    pods = totals.counted
    if corrected is not None:
        said += f"; {_added_words(metric, totals, ratio=ratio)}: {_ratio_words(metric, corrected.ratio)}"
        if (ratio - 1.0) * (corrected.ratio - 1.0) < 0:
            return f"{said}, which turns the direction: {_pods(proposal)} stay"
        ratio, pods = corrected.ratio, corrected.pods
    if is_within(ratio, tolerated):
        return f"{said}, {_tolerance_words(ratio, tolerated)}: {_pods(proposal)} stay"
    asked = ceil_to_int32(ratio * pods)
    steps = f"{said}, {_tolerance_words(ratio, tolerated)}: ceil({ratio:.3f} x {_pods(pods)}) = {asked}"
    return steps if asked == proposal else f"{steps}, which turns the direction: {_pods(proposal)} stay"


def _usage_words(metric: Metric, totals: PodTotals) -> str:
    used = amount_words(metric, totals.usage + (0 if isinstance(metric.target, Utilization) else totals.stray_usage))
    if not isinstance(metric.target, Utilization):
        return f"{used} of {_pods(totals.counted + totals.strays)}"
    return f"{used} used of {amount_words(metric, totals.requests)} that {_pods(totals.counted)} request"


def _ratio_words(metric: Metric, ratio: float) -> str:
    if isinstance(metric.target, Utilization):
        return f"{ratio * metric.target.percent:.0f} % / {metric.target.percent} % = {ratio:.3f}"
    milli = round(ratio * metric.target.milli)
    return f"{amount_words(metric, milli)} / {amount_words(metric, metric.target.milli)} = {ratio:.3f}"


def _added_words(metric: Metric, totals: PodTotals, *, ratio: float) -> str:
    parts = []
    if totals.missing_requests and ratio != 1.0:
        whole = "all that they request" if isinstance(metric.target, Utilization) else "the target"
        used = "nothing" if ratio > 1.0 else whole
        parts.append(f"{_pods(len(totals.missing_requests))} without metrics taken to use {used}")
    if totals.unready and ratio > 1.0:
        parts.append(f"{_pods(totals.unready)} not ready taken to use nothing")
    return "with " + " and ".join(parts) if parts else "as it is"


def _tolerance_words(ratio: float, tolerated: tuple[float, float]) -> str:
    low, high = tolerated
    if ratio < low:
        return f"below {low:g}"
    return f"above {high:g}" if ratio > high else f"within {low:g} to {high:g}"


def _pods(count: int, kind: str = "") -> str:
    return f"{count} {kind}pod" + ("" if count == 1 else "s")
