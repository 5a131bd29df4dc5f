"""The replicas that one metric asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from tfk8s.autoscale.config import AverageValue, Source, Utilization, Value
from tfk8s.autoscale.integers import INT32_MAX, ceil_to_int32, quotient, to_int32, to_int64
from tfk8s.autoscale.pods import PodTotals

if TYPE_CHECKING:
    from tfk8s.autoscale.config import Metric, Target

_WHOLE: Final = 100  # percent of a pod's request


class ServiceValue(NamedTuple):
    """A metric of the whole service: of an object, or the sum of an external one.

    Attributes:
        milli: The value in thousandths.
        ready: Pods that are running and ready, which a target of type Value is multiplied by.
        pods: Pods that the selector finds.
    """

    milli: int
    ready: int
    pods: int


@dataclass(frozen=True, slots=True)
class NoReading:
    """The metrics API gave no answer, or none that can be read."""

    why: str


Reading: TypeAlias = PodTotals | ServiceValue | NoReading


class Scale(NamedTuple):
    """The target's scale subresource: replicas asked for, and replicas that exist."""

    spec: int
    status: int


@dataclass(frozen=True, slots=True)
class Invalid:
    """A metric that says nothing, and the reason the condition ScalingActive gives for it."""

    reason: str
    why: str


def propose(
    metric: Metric, reading: Reading, *, scale: Scale, tolerated: tuple[float, float], clamps_values: bool = False
) -> int | Invalid:
    """Return the replicas that a metric asks for, before any window, policy or bound.

    Args:
        metric: Where it comes from, and its target.
        reading: What was read: totals of pods for resources and metrics of pods, a service's value otherwise.
        scale: Replicas now.
        tolerated: Lowest and highest ratio that change nothing.
        clamps_values: See `Flags`.
    """
    if isinstance(reading, ServiceValue):
        found = _of_service(metric, reading, scale=scale, tolerated=tolerated, clamps_values=clamps_values)
    elif isinstance(reading, PodTotals):
        found = _of_pods(metric.target, reading, current=scale.spec, tolerated=tolerated)
    else:
        found = reading.why
    return Invalid(f"FailedGet{metric.source.value}Metric", found) if isinstance(found, str) else found


def service_ratio(target: AverageValue | Value, reading: ServiceValue, *, scale: Scale) -> float:
    """Set the value of a service in relation to its target; a target per pod counts the pods that exist."""
    if isinstance(target, AverageValue):
        return _ratio(reading.milli, float(target.milli) * scale.status)
    return float(reading.milli) / target.milli


def _of_service(
    metric: Metric, reading: ServiceValue, *, scale: Scale, tolerated: tuple[float, float], clamps_values: bool
) -> int | str:
    target = metric.target
    if isinstance(target, Utilization):
        return "a metric of the whole service has no utilization"
    ratio = service_ratio(target, reading, scale=scale)
    if isinstance(target, AverageValue):
        if is_within(ratio, tolerated):
            return scale.status
        replicas = float(reading.milli) / target.milli
        # Only an external metric is kept within an int32; an object's overflows.
        return _clamped(replicas) if metric.source is Source.EXTERNAL else ceil_to_int32(replicas)
    if scale.spec == 0:  # no pod to multiply, and no tolerance: any load leads away from zero
        return ceil_to_int32(ratio)
    if is_within(ratio, tolerated):
        return scale.spec
    if not reading.pods:
        return "no pod matches the selector"
    replicas = ratio * reading.ready
    return _clamped(replicas) if clamps_values else ceil_to_int32(replicas)


def _clamped(replicas: float) -> int:
    return INT32_MAX if replicas > INT32_MAX else ceil_to_int32(replicas)


class Corrected(NamedTuple):
    """The ratio with pods added whose metric is missing or does not count yet, and how many pods it then stands for."""

    ratio: float
    pods: int


def _of_pods(target: Target, totals: PodTotals, *, current: int, tolerated: tuple[float, float]) -> int | str:
    """Ask each pod's metric; what pods without one are taken to use holds the change back in either direction."""
    refusal = _refusal(target, totals)
    if refusal:
        return refusal
    ratio = pods_ratio(target, totals)
    corrected = correct(target, totals, ratio=ratio)
    if corrected is None:
        return current if is_within(ratio, tolerated) else ceil_to_int32(ratio * totals.counted)
    if is_within(corrected.ratio, tolerated) or (ratio - 1.0) * (corrected.ratio - 1.0) < 0:
        return current
    replicas = ceil_to_int32(corrected.ratio * corrected.pods)
    turned = (corrected.ratio < 1.0 and replicas > current) or (corrected.ratio > 1.0 and replicas < current)
    return current if turned else replicas


def correct(target: Target, totals: PodTotals, *, ratio: float) -> Corrected | None:
    """Return the ratio with all pods that count against the change; `None`: there are none.

    Upwards, pods without a metric and pods that are not ready use nothing; downwards, pods without a metric use all
    that they request, or the target.
    """
    missing = totals.missing_requests
    heeds_unready = totals.unready > 0 and ratio > 1.0
    if not heeds_unready and not missing:
        return None
    usage = requests = added = 0
    if missing and ratio != 1.0:
        added, requests = len(missing), sum(missing)
        usage = _assumed_usage(target, missing) if ratio < 1.0 else 0
    if heeds_unready:
        added, requests = added + totals.unready, requests + totals.unready_requests
    corrected = pods_ratio(target, totals, usage=usage, requests=requests, added=added)
    return Corrected(corrected, totals.counted + totals.strays + added)


def _refusal(target: Target, totals: PodTotals) -> str:
    if isinstance(target, Value):
        return "a metric of pods has no value of the whole service"
    if not totals.pods:
        return "no pod matches the selector"
    if not totals.counted + totals.strays:
        return "no metric of a pod that counts: pods may be unready"
    if not isinstance(target, Utilization):
        return ""
    if totals.lacks_request:
        return "a container requests nothing of the resource"
    return "" if totals.requests else "no metric belongs to a pod that requests the resource"


def pods_ratio(target: Target, totals: PodTotals, *, usage: int = 0, requests: int = 0, added: int = 0) -> float:
    """Set the totals, with usage and requests of pods added, in relation to the target."""
    if isinstance(target, Utilization):
        used = to_int64((totals.usage + usage) * 100)
        return float(to_int32(quotient(used, totals.requests + requests))) / target.percent
    used = to_int64(totals.usage + totals.stray_usage + usage)
    return float(quotient(used, totals.counted + totals.strays + added)) / target.milli


def _assumed_usage(target: Target, missing: tuple[int, ...]) -> int:
    """Return what pods without a metric are taken to use when the others ask for fewer pods."""
    if isinstance(target, Utilization):
        percent = max(_WHOLE, target.percent)
        return sum(quotient(to_int64(request * percent), 100) for request in missing)
    return target.milli * len(missing)


def is_within(ratio: float, tolerated: tuple[float, float]) -> bool:
    """Whether the ratio is too near to 1 to change anything."""
    return tolerated[0] <= ratio <= tolerated[1]


def _ratio(value: int, target: float) -> float:
    """Divide as floats do: without replicas the ratio is infinite, and without load as well it is none."""
    if target:
        return float(value) / target
    return math.copysign(math.inf, value) if value else math.nan
