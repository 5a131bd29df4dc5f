"""The cheapest autoscaler that keeps an objective on a trace: candidates from arithmetic, judged by simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tfk8s.autoscale.candidates import MOST_PODS, candidates, config_of_candidate, most_pods, variants
from tfk8s.autoscale.capacity import Surroundings
from tfk8s.autoscale.demand import demand_of
from tfk8s.autoscale.simulate import SYNC_S, simulate
from tfk8s.autoscale.trace import Trace
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfk8s.autoscale.candidates import Candidate, PodCapacity, Wishes
    from tfk8s.autoscale.config import Config
    from tfk8s.autoscale.demand import Demand
    from tfk8s.autoscale.simulate import Course

FLAP_S: Final = 600.0
"""A pod that is wanted back so soon after one was removed was removed for nothing."""

FLAPS_PER_HOUR: Final = 1.0
OVERLOAD_PART: Final = 0.5
"""Of the requests that the objective lets be late, how many may be so for want of pods. A pod at the knee already has
late ones: all that its percentile lets through."""

LEAD_S: Final = 1800.0
"""How long the first rate of a trace is taken to have been there before it."""

_DEEPENED: Final = 3
_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What has to be kept: so many percent of the requests within a time, and few refused ones."""

    percentile: float
    latency_s: float
    error_share: float = 0.001

    @property
    def late_share(self) -> float:
        """Part of the requests that may come while there are too few pods."""
        return (100 - self.percentile) / 100 * OVERLOAD_PART


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """What passes until a new pod helps, in seconds.

    Attributes:
        pod_start_s: From a place on a node to ready.
        metric_s: Age of what the autoscaler reads.
        sync_s: Between two looks of the controller.
    """

    pod_start_s: float = 30.0
    metric_s: float = 15.0
    sync_s: float = SYNC_S

    @property
    def reaction_s(self) -> float:
        """All of them, one after the other."""
        return self.pod_start_s + self.metric_s + self.sync_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A candidate, and what became of the trace with it.

    Attributes:
        candidate: The autoscaler.
        late_share: Part of the requests that came while the pods kept it waiting beyond the objective, or dropped it.
        dropped_share: Part that was refused.
        flaps: Removals that were taken back within `FLAP_S`.
        hours: Length of the trace.
        pod_hours: That pods existed.
        node_hours: That nodes existed.
        most_pods: At once.
    """

    candidate: Candidate
    late_share: float
    dropped_share: float
    flaps: int
    hours: float
    pod_hours: float
    node_hours: float
    most_pods: int

    def keeps(self, goal: Goal) -> bool:
        """Whether the objective is kept."""
        return self.late_share <= goal.late_share and self.dropped_share <= goal.error_share

    @property
    def is_calm(self) -> bool:
        """Whether pods were seldom removed for nothing."""
        return self.flaps <= max(self.hours * FLAPS_PER_HOUR, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The choice, and what it was chosen from.

    Attributes:
        best: The cheapest that keeps the objective without flapping; else the one that comes nearest.
        runner_up: The next one by the same order.
        outcomes: All that were tried, best first.
        goal: What had to be kept.
        demand: What the trace asks.
    """

    best: Outcome
    runner_up: Outcome | None
    outcomes: tuple[Outcome, ...]
    goal: Goal
    demand: Demand

    @property
    def is_kept(self) -> bool:
        """Whether the best one keeps the objective."""
        return self.best.keeps(self.goal)

    @property
    def keeping(self) -> int:
        """How many keep it."""
        return sum(outcome.keeps(self.goal) for outcome in self.outcomes)


def recommend(
    trace: Trace,
    pod: PodCapacity,
    *,
    goal: Goal,
    wishes: Wishes,
    delays: Delays = Delays(),
    around: Surroundings | None = None,
) -> Recommendation:
    """Try candidates on a trace.

    Every pair of headroom and fewest pods is tried with a fast scale-up; the best three of them with the other
    windows, and with a calm scale-up, too.

    Args:
        trace: Requests a second.
        pod: What one pod was measured to do.
        goal: What has to be kept.
        wishes: The metric, and what may fail.
        delays: Until a new pod helps.
        around: Nodes; its pods' figures are replaced by the measured ones.

    Raises:
        InputError: The objective is tighter than the pod's own time, the traffic asks for too many pods, or no target
            can be written.
    """
    if pod.latency_s > goal.latency_s:
        raise InputError(
            f"one pod takes {pod.latency_s:.3g} s at its knee, longer than the objective of {goal.latency_s:.3g} s",
            hint="no number of pods makes an answer faster: allow more time, or give a pod more processor",
        )
    demand = demand_of(trace, reaction_s=delays.reaction_s, step_s=delays.sync_s)
    _refuse_too_many(pod, demand, wishes=wishes)
    world = _world(pod, delays=delays, around=around)

    def judged(candidate: Candidate) -> Outcome:
        config = config_of_candidate(candidate, pod, metric=wishes.metric)
        return judge(candidate, replay(trace, config, around=world, step_s=delays.sync_s), goal=goal)

    tried = {candidate: judged(candidate) for candidate in candidates(pod, demand, wishes=wishes)}
    if not tried:
        raise InputError(
            f"a target of {wishes.metric} comes out as less than the least that can be written",
            hint="requestsPerSecond needs 0.002 requests/s per pod or more, cpu needs 2 % of the request at the knee",
        )
    for outcome in _ordered(tried.values(), goal=goal)[:_DEEPENED]:
        for candidate in variants(outcome.candidate):
            if candidate not in tried:
                tried[candidate] = judged(candidate)
    ordered = _ordered(tried.values(), goal=goal)
    return Recommendation(
        best=ordered[0],
        runner_up=ordered[1] if len(ordered) > 1 else None,
        outcomes=tuple(ordered),
        goal=goal,
        demand=demand,
    )


def replay(trace: Trace, config: Config, *, around: Surroundings, step_s: float) -> Course:
    """Simulate a trace as the middle of a longer one: the pods that its first rate asks for are there already."""
    lead = math.ceil(LEAD_S / step_s)
    longer = Trace(times_s=(trace.times_s[0] - lead * step_s, *trace.times_s), rates=(trace.rates[0], *trace.rates))
    course = simulate(longer, config, around=around, step_s=step_s)
    rates, replicas = course.rates[lead:], course.replicas[lead:]
    return replace(
        course,
        rates=rates,
        replicas=replicas,
        ready=course.ready[lead:],
        nodes=course.nodes[lead:],
        latency_s=course.latency_s[lead:],
        dropped=course.dropped[lead:],
        requests=sum(rates) * step_s,
        pod_hours=sum(replicas) * step_s / _HOUR_S,
    )


def judge(candidate: Candidate, course: Course, *, goal: Goal) -> Outcome:
    """Sum up what became of a trace."""
    late = sum(
        rate * course.step_s if latency_s > goal.latency_s else dropped
        for rate, latency_s, dropped in zip(course.rates, course.latency_s, course.dropped, strict=True)
    )
    hours = len(course.rates) * course.step_s / _HOUR_S
    return Outcome(
        candidate=candidate,
        late_share=late / course.requests if course.requests else 0.0,
        dropped_share=course.dropped_share,
        flaps=count_flaps(course.replicas, step_s=course.step_s),
        hours=hours,
        pod_hours=course.pod_hours,
        node_hours=sum(course.nodes) * course.step_s / _HOUR_S,
        most_pods=max(course.replicas),
    )


def count_flaps(replicas: list[int], *, step_s: float) -> int:
    """Count increases that follow a decrease within `FLAP_S`; each decrease counts once."""
    flaps, last_down = 0, None
    for index in range(1, len(replicas)):
        if replicas[index] < replicas[index - 1]:
            last_down = index
        elif replicas[index] > replicas[index - 1] and last_down is not None:
            flaps += (index - last_down) * step_s <= FLAP_S
            last_down = None
    return flaps


def _ordered(outcomes: Iterable[Outcome], *, goal: Goal) -> list[Outcome]:
    """Best first: keeps the objective, is calm, is cheap; where none keeps it, the fewest late requests."""

    def place(outcome: Outcome) -> tuple[object, ...]:
        keeps = outcome.keeps(goal)
        chosen = outcome.candidate
        cost = round(outcome.pod_hours, 6)
        rest = (outcome.flaps, chosen.minimum, -chosen.window_s, chosen.headroom)
        if keeps:
            return (0, not outcome.is_calm, cost, *rest)
        return (1, outcome.late_share + outcome.dropped_share, cost, *rest)

    return sorted(outcomes, key=place)


def _world(pod: PodCapacity, *, delays: Delays, around: Surroundings | None) -> Surroundings:
    # A pod that is asked for by an old figure comes later by the figure's age: the model has no age of its own.
    return replace(
        around or Surroundings(pod_rate=pod.rate),
        pod_rate=pod.rate,
        service_s=pod.latency_s,
        pod_start_s=delays.pod_start_s + delays.metric_s,
    )


def _refuse_too_many(pod: PodCapacity, demand: Demand, *, wishes: Wishes) -> None:
    most = most_pods(pod, demand, wishes=wishes)
    if most > MOST_PODS:
        raise InputError(
            f"the trace's peak of {demand.peak:.4g} requests/s asks for {most} pods of {pod.rate:.3g} requests/s each, "
            f"and a spec takes at most {MOST_PODS}",
            hint="give a pod more processor and measure again, or split the traffic over several services",
        )
