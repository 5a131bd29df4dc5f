"""How each figure of a recommendation came about, a line each, in the order in which they follow from each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from tfk8s.autoscale.candidates import trace_headroom

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfk8s.autoscale.candidates import PodCapacity, Wishes
    from tfk8s.autoscale.config import Policy
    from tfk8s.autoscale.recommend import Delays, Outcome, Recommendation


class Line(NamedTuple):
    """One figure: what it is, its value, and where that comes from."""

    what: str
    value: str
    how: str


def arithmetic(found: Recommendation, pod: PodCapacity, *, wishes: Wishes, delays: Delays) -> tuple[Line, ...]:
    """Explain a recommendation."""
    return (
        *_measured(found, pod, delays=delays),
        *_targets(found, pod, wishes=wishes),
        *_bounds(found, pod, wishes=wishes),
        *_behavior(found, pod),
        *_choice(found),
    )


def number(value: float) -> str:
    """A figure with three digits, without an exponent."""
    if value and abs(value) < 1000:
        value = round(value, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.6f}" if abs(value) < 1000 else f"{value:.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(value: float) -> str:
    """A part in percent."""
    return f"{number(value * 100)} %"


def _measured(found: Recommendation, pod: PodCapacity, *, delays: Delays) -> Iterator[Line]:
    demand, goal = found.demand, found.goal
    yield Line(
        "one pod",
        f"{number(pod.rate)} requests/s",
        f"the knee: there {goal.percentile:g} % of the answers took {number(pod.latency_s * 1000)} ms at most, "
        f"allowed are {number(goal.latency_s * 1000)} ms",
    )
    yield Line(
        "traffic",
        f"{number(demand.floor)} to {number(demand.peak)} requests/s",
        f"lowest and highest; {number(demand.mean)} on average",
    )
    yield Line(
        "reaction",
        f"{number(delays.reaction_s)} s",
        f"{number(delays.metric_s)} s until the metric shows a change in full + {number(delays.sync_s)} s until the "
        f"next look + {number(delays.pod_start_s)} s start of a pod",
    )
    steepest, base = demand.steepest, demand.growth_from
    floor = f", counted from {number(base)}, a quarter of the peak" if base > steepest.before else ""
    yield Line(
        "growth",
        f"{number(demand.growth)} times",
        f"the steepest rise within the reaction: from {number(steepest.before)} to {number(steepest.after)} "
        f"requests/s at {clock(steepest.at_s)}{floor}",
    )


def _targets(found: Recommendation, pod: PodCapacity, *, wishes: Wishes) -> Iterator[Line]:
    best, own = found.best.candidate, trace_headroom(found.demand)
    asked = f"the steepest rise asks for {share(own)}: 1 - 1/{number(found.demand.growth)}, within 10 and 50 %"
    how = asked if best.headroom == own else f"tried; {asked}"
    yield Line("headroom", share(best.headroom), how)
    if wishes.metric == "cpu":
        assert pod.cpu_cores is not None and pod.request_cores is not None  # noqa: S101, PT018 - a share was computed
        yield Line(
            "target",
            f"{number(best.target)} % CPU",
            f"{number(pod.cpu_cores)} cores used at the knee / {number(pod.request_cores)} requested "
            f"x (1 - {number(best.headroom)}), rounded down",
        )
    else:
        yield Line(
            "target",
            f"{number(best.target)} requests/s per pod",
            f"{number(pod.rate)} x (1 - {number(best.headroom)}), rounded down",
        )


def _bounds(found: Recommendation, pod: PodCapacity, *, wishes: Wishes) -> Iterator[Line]:
    best, demand = found.best.candidate, found.demand
    needed = math.ceil(demand.floor / pod.rate)
    zone = f", and over {wishes.zones} zones one may fail" if wishes.zones > 1 else ""
    base = f"ceil({number(demand.floor)} / {number(pod.rate)}) = {needed}, and {wishes.failures} may fail{zone}"
    if best.minimum > max(needed + wishes.failures, 1):
        base += "; the rest is for rises that come faster than new pods"
    yield Line("min", f"{best.minimum} pods", base)
    yield Line(
        "max",
        f"{best.maximum} pods",
        f"ceil({number(demand.peak)} x {number(1 + wishes.growth)} / ({number(pod.rate)} x "
        f"(1 - {number(trace_headroom(demand))}))) + {wishes.failures} that may fail",
    )


def _behavior(found: Recommendation, pod: PodCapacity) -> Iterator[Line]:
    best, jump = found.best.candidate, found.demand.jump
    yield Line(
        "scale up",
        policies_text(best.up),
        f"the largest jump in {number(found.demand.step_s)} s is from {number(jump.before)} to {number(jump.after)} "
        f"requests/s: {number(max(jump.after - jump.before, 0) / (pod.rate * (1 - best.headroom)))} pods",
    )
    others = sorted(
        {
            outcome.candidate.window_s: outcome
            for outcome in found.outcomes
            if _differs_in_window_alone(outcome, found.best)
        }.items()
    )
    told = "; ".join(
        f"{window_s} s: {outcome.flaps} pods wanted back within 10 min, {number(outcome.pod_hours)} pod-hours"
        for window_s, outcome in others
    )
    yield Line("scale down", f"after {best.window_s} s of less need", told or "not tried with other windows")


def _choice(found: Recommendation) -> Iterator[Line]:
    best, goal = found.best, found.goal
    verdict = "keeps the objective" if found.is_kept else "breaks the objective"
    yield Line(
        "simulated",
        f"{share(best.late_share)} late, {share(best.dropped_share)} refused",
        f"{verdict}: of the whole trace {share(goal.late_share)} may be late or refused, "
        f"{share(goal.error_share)} refused",
    )
    runner = found.runner_up
    beside = "" if runner is None else f"; the next one costs {number(runner.pod_hours)} pod-hours ({told(runner)})"
    yield Line(
        "cost",
        f"{number(best.pod_hours)} pod-hours in {number(best.hours)} h",
        f"the cheapest of {found.keeping} that keep the objective, {len(found.outcomes)} were tried{beside}"
        if found.is_kept
        else f"none of {len(found.outcomes)} keeps the objective; this one comes nearest{beside}",
    )


def told(outcome: Outcome) -> str:
    """A candidate in a few words."""
    chosen = outcome.candidate
    return (
        f"target {number(chosen.target)}, min {chosen.minimum}, {policies_text(chosen.up)}, "
        f"down after {chosen.window_s} s"
    )


def policies_text(policies: tuple[Policy, ...]) -> str:
    """Policies as people say them, as in `3 pods or 100 % in 15 s`."""
    parts = [f"{policy.value} {_unit(policy)}" for policy in policies]
    return f"{' or '.join(parts)} in {policies[0].period_s} s"


def _unit(policy: Policy) -> str:
    if policy.kind.value == "Percent":
        return "%"
    return "pod" if policy.value == 1 else "pods"


def clock(seconds: float) -> str:
    """A time since the start of a trace, as in `1 d 02:10:00`."""
    days, rest = divmod(round(seconds), 86400)
    text = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    return f"{days} d {text}" if days else text


def _differs_in_window_alone(outcome: Outcome, best: Outcome) -> bool:
    one, other = outcome.candidate, best.candidate
    return (one.headroom, one.minimum, one.up) == (other.headroom, other.minimum, other.up)
