"""What a course amounts to: time to enough pods, late and failed requests, pod-seconds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.proof.course import Course, Look
from tfk8s.autoscale.trace import Trace
from tfk8s.load import Outcome, Phase

_ROUNDED = 0.01
"""Part of a pod: rates of phases are rounded to hundredths, and twice the knee asks for two pods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One service.

    Attributes:
        asked: Requests that were due.
        late: Answered, and later than the objective.
        failed: Not answered with a prediction.
        failed_after_fall: Of those, due after the last fall of the rate: what scale-down costs.
        asked_after_fall: Requests of that time.
        left_after_fall: Pods that went in that time; 0: nothing was seen of a scale-down.
        reasons: Kinds of failures, most frequent first.
        enough_s: From each rise of the rate until as many pods were ready as it needs; None: not within its phase.
        pod_seconds: That pods existed, those that were leaving included.
        most_pods: At once.
        p50_s: Of the answers.
        p95_s: Of the answers.
    """

    asked: int
    late: int
    failed: int
    failed_after_fall: int
    asked_after_fall: int
    left_after_fall: int
    reasons: tuple[tuple[str, int], ...]
    enough_s: tuple[float | None, ...]
    pod_seconds: float
    most_pods: int
    p50_s: float
    p95_s: float

    @property
    def beyond_share(self) -> float:
        """Part of the requests that were late or failed."""
        return (self.late + self.failed) / self.asked if self.asked else 0.0


def figures_of(course: Course, *, knee_rps: float, objective_s: float) -> Figures:
    """Sum a course up."""
    answered = sorted(outcome.latency_s for outcome in course.outcomes if not outcome.failure)
    failed = [outcome for outcome in course.outcomes if outcome.failure]
    fall_s = _last_fall_s(course.phases)
    seconds = sum(phase.seconds for phase in course.phases)
    return Figures(
        asked=len(course.outcomes),
        late=sum(latency_s > objective_s for latency_s in answered),
        failed=len(failed),
        failed_after_fall=sum(outcome.due_s >= fall_s for outcome in failed),
        asked_after_fall=sum(outcome.due_s >= fall_s for outcome in course.outcomes),
        left_after_fall=_left(course.looks, from_s=fall_s),
        reasons=tuple(Counter(outcome.failure for outcome in failed).most_common(4)),
        enough_s=tuple(
            _enough_s(course, rise_s, until_s, pods=math.ceil(rps / knee_rps - _ROUNDED))
            for rise_s, until_s, rps in rises(course.phases)
        ),
        pod_seconds=_pod_seconds(course.looks, seconds=seconds),
        most_pods=max((look.pods for look in course.looks), default=0),
        p50_s=_percentile(answered, 50),
        p95_s=_percentile(answered, 95),
    )


def trace_of(phases: Sequence[Phase], *, step_s: float) -> Trace:
    """The load as a trace, a sample each step."""
    times, rates, start_s = [], [], 0.0
    for phase in phases:
        for index in range(round(phase.seconds / step_s)):
            times.append(start_s + index * step_s)
            rates.append(phase.rps)
        start_s += phase.seconds
    return Trace(times_s=tuple(times), rates=tuple(rates))


def rises(phases: Sequence[Phase]) -> list[tuple[float, float, float]]:
    """When the rate rises, until when it holds, and to what."""
    found, start_s, before = [], 0.0, math.inf
    for phase in phases:
        if phase.rps > before:
            found.append((start_s, start_s + phase.seconds, phase.rps))
        before = phase.rps
        start_s += phase.seconds
    return found


def per_slot(outcomes: Sequence[Outcome], *, slot_s: float) -> list[tuple[float, float, float, float]]:
    """Slots of time: their start, requests a second, the 95th percentile of latency, and failures a second."""
    slots: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        slots.setdefault(int(outcome.due_s // slot_s), []).append(outcome)
    return [
        (
            slot * slot_s,
            len(items) / slot_s,
            _percentile(sorted(item.latency_s for item in items), 95),
            sum(bool(item.failure) for item in items) / slot_s,
        )
        for slot, items in sorted(slots.items())
    ]


def _enough_s(course: Course, rise_s: float, until_s: float, *, pods: int) -> float | None:
    times = [look.at_s for look in course.looks if rise_s <= look.at_s < until_s and look.ready >= pods]
    return max(times[0] - rise_s, 0.0) if times else None


def _left(looks: Sequence[Look], *, from_s: float) -> int:
    pairs = [(look, following) for look, following in pairwise(looks) if following.at_s >= from_s]
    return sum(max(look.pods - following.pods, 0) for look, following in pairs)


def _pod_seconds(looks: Sequence[Look], *, seconds: float) -> float:
    total = 0.0
    for look, following in pairwise(looks):
        total += look.pods * (min(following.at_s, seconds) - min(look.at_s, seconds))
    return total


def _last_fall_s(phases: Sequence[Phase]) -> float:
    at_s, start_s, before = math.inf, 0.0, 0.0
    for phase in phases:
        if phase.rps < before:
            at_s = start_s
        before = phase.rps
        start_s += phase.seconds
    return at_s


def _percentile(ordered: Sequence[float], percent: float) -> float:
    return ordered[min(math.ceil(len(ordered) * percent / 100), len(ordered)) - 1] if ordered else 0.0
