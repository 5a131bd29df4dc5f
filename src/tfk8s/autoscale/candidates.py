"""Autoscalers worth a try for a service, from what one pod can do and what the traffic asks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from tfk8s.autoscale.config import (
    AverageValue,
    Behavior,
    Config,
    Metric,
    Policy,
    PolicyKind,
    Rules,
    Source,
    Utilization,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfk8s.autoscale.capacity import LatencyAt
    from tfk8s.autoscale.demand import Demand

MetricName: TypeAlias = Literal["requestsPerSecond", "cpu"]

HEADROOMS: Final = (0.1, 0.2, 0.35, 0.5)
"""Parts of a pod's rate that are tried as headroom, beside the one that the trace's steepest rise asks for."""

WINDOWS_S: Final = (60, 300, 900)
"""Scale-down windows that are tried."""

LEAST_HEADROOM: Final = 0.1
MOST_HEADROOM: Final = 0.5
MOST_PODS: Final = 1000
MOST_PERCENT: Final = 100
"""As much as the spec takes."""

CALM_UP: Final = (
    Policy(kind=PolicyKind.PODS, value=2, period_s=60),
    Policy(kind=PolicyKind.PERCENT, value=100, period_s=60),
)
"""What a service gets when its spec says nothing of scale-up."""

_DOWN: Final = (
    Policy(kind=PolicyKind.PODS, value=1, period_s=30),
    Policy(kind=PolicyKind.PERCENT, value=50, period_s=30),
)
_MINS_TRIED: Final = 3
_MILLI: Final = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PodCapacity:
    """What one pod was measured to do.

    Attributes:
        rate: Requests a second within the objective: the knee.
        latency_s: At that rate, at the objective's percentile.
        cpu_cores: Used at that rate; `None`: not measured.
        request_cores: What it requests; `None`: unknown.
        latencies: As measured at rates up to the knee, rising; (): only `latency_s` is known.
    """

    rate: float
    latency_s: float
    cpu_cores: float | None = None
    request_cores: float | None = None
    latencies: tuple[LatencyAt, ...] = ()

    @property
    def cpu_share(self) -> float | None:
        """Part of the request that the pod uses at its rate."""
        if not self.cpu_cores or not self.request_cores:
            return None
        return self.cpu_cores / self.request_cores


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user wants beside the objective.

    Attributes:
        metric: What the autoscaler follows.
        failures: Pods that may fail at the lowest traffic.
        zones: Zones over which pods are spread; one of them may fail where there are several.
        growth: How much higher than the trace's peak traffic may come, as a part of it.
    """

    metric: MetricName = "requestsPerSecond"
    failures: int = 1
    zones: int = 1
    growth: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One autoscaler.

    Attributes:
        headroom: Part of a pod's rate that the target leaves free.
        target: Requests a second per pod, or percent of the CPU request.
        minimum: Fewest pods.
        maximum: Most pods.
        up: Policies of scale-up.
        window_s: Of scale-down.
    """

    headroom: float
    target: float
    minimum: int
    maximum: int
    up: tuple[Policy, ...]
    window_s: int

    @property
    def down(self) -> tuple[Policy, ...]:
        """Policies of scale-down, the same for all: a pod, or half of them, in 30 s."""
        return _DOWN


def candidates(pod: PodCapacity, demand: Demand, *, wishes: Wishes) -> Iterator[Candidate]:
    """Yield headrooms with fewest pods, each with the fastest scale-up and the middle window; see `variants`."""
    floor_min = fewest_pods(pod, demand, wishes=wishes)
    maximum = most_pods(pod, demand, wishes=wishes)
    own = trace_headroom(demand)
    for headroom in sorted({*HEADROOMS, own}):
        target = target_of(pod, headroom=headroom, wishes=wishes)
        if target <= 0:
            continue
        full = max(floor_min, _covering(pod, demand, rate=pod.rate * (1 - headroom)))
        for minimum in sorted({floor_min, (floor_min + full + 1) // 2, full})[:_MINS_TRIED]:
            yield Candidate(
                headroom=headroom,
                target=target,
                minimum=min(minimum, maximum),
                maximum=maximum,
                up=fast_up(pod, demand, headroom=headroom),
                window_s=WINDOWS_S[1],
            )


def variants(candidate: Candidate) -> Iterator[Candidate]:
    """Yield the candidate with the other windows, and with a calmer scale-up."""
    for up in (candidate.up, CALM_UP):
        for window_s in WINDOWS_S:
            changed = replace(candidate, up=up, window_s=window_s)
            if changed != candidate:
                yield changed


def trace_headroom(demand: Demand) -> float:
    """Return the part of each pod that the steepest rise fills before a new pod helps, within bounds."""
    return round(_bounded_headroom(demand), 2)


def _bounded_headroom(demand: Demand) -> float:
    return min(max(1 - 1 / demand.growth, LEAST_HEADROOM), MOST_HEADROOM)


def target_of(pod: PodCapacity, *, headroom: float, wishes: Wishes) -> float:
    """Return the target: requests a second per pod to three digits, or whole percent of CPU; rounded down.

    A target has steps of a thousandth; one that would be less than a step is 0.
    """
    if wishes.metric == "cpu":
        return min(math.floor((pod.cpu_share or 0) * (1 - headroom) * 100 + 1e-9), MOST_PERCENT)
    exact = pod.rate * (1 - headroom)
    digits = min(10.0 ** (2 - math.floor(math.log10(exact))), _MILLI)
    return math.floor(exact * digits + 1e-9) / digits


def fewest_pods(pod: PodCapacity, demand: Demand, *, wishes: Wishes) -> int:
    """Return the pods that carry the lowest traffic although the wished failures happen; at least one."""
    needed = math.ceil(demand.floor / pod.rate)
    found = max(needed + wishes.failures, 1)
    while wishes.zones > 1 and found - -(-found // wishes.zones) < needed:
        found += 1
    return found


def most_pods(pod: PodCapacity, demand: Demand, *, wishes: Wishes) -> int:
    """Return the pods that carry more than the peak at the target that the trace asks for, and the failures.

    It depends on the traffic alone, not on the candidate, so that more traffic never gets fewer.
    """
    peak = demand.peak * (1 + wishes.growth)
    needed = math.ceil(peak / (pod.rate * (1 - _bounded_headroom(demand))))
    return max(needed, fewest_pods(pod, demand, wishes=wishes)) + wishes.failures


def fast_up(pod: PodCapacity, demand: Demand, *, headroom: float) -> tuple[Policy, ...]:
    """Return policies that let the pods for the trace's largest jump come in one sync, or twice the pods."""
    jump = demand.jump.after - demand.jump.before
    pods = max(math.ceil(jump / (pod.rate * (1 - headroom))), 1)
    period_s = math.ceil(demand.step_s)
    return (
        Policy(kind=PolicyKind.PODS, value=pods, period_s=period_s),
        Policy(kind=PolicyKind.PERCENT, value=100, period_s=period_s),
    )


def config_of_candidate(candidate: Candidate, *, metric: MetricName) -> Config:
    """Return the autoscaler as the controller's model takes it."""
    if metric == "cpu":
        followed = Metric(source=Source.RESOURCE, name="cpu", target=Utilization(round(candidate.target)))
    else:
        milli = max(math.floor(candidate.target * 1000 + 1e-6), 1)
        followed = Metric(source=Source.EXTERNAL, name="requestsPerSecond", target=AverageValue(milli))
    return Config(
        minimum=candidate.minimum,
        maximum=candidate.maximum,
        metrics=(followed,),
        behavior=Behavior(
            up=Rules(policies=candidate.up, window_s=0),
            down=Rules(policies=candidate.down, window_s=candidate.window_s),
        ),
    )


def _covering(pod: PodCapacity, demand: Demand, *, rate: float) -> int:
    """Return the fewest pods for the rises that the headroom does not carry.

    Args:
        pod: What one can do.
        demand: The traffic.
        rate: Requests a second of each pod at the target.
    """
    most = 0.0
    for now, ahead in zip(demand.rates, demand.ahead, strict=True):
        if ahead > most and math.ceil(now / rate) * pod.rate < ahead:
            most = ahead
    return math.ceil(most / pod.rate)
