"""The cheapest autoscaler that keeps an objective on a trace: candidates from arithmetic, judged by simulation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tfk8s.autoscale.candidates import MOST_PODS, candidates, config_of_candidate, most_pods, variants
from tfk8s.autoscale.capacity import Surroundings
from tfk8s.autoscale.demand import demand_of
from tfk8s.autoscale.metering import DELAY_S, REQUEST_WINDOW_S, RESOURCE_WINDOW_S, Meter, Signal
from tfk8s.autoscale.simulate import SYNC_S, Play, simulate
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tfk8s.autoscale.candidates import Candidate, MetricName, PodCapacity, Wishes
    from tfk8s.autoscale.demand import Demand
    from tfk8s.autoscale.simulate import Course
    from tfk8s.autoscale.trace import Trace

FLAP_S: Final = 600.0
"""A pod that is wanted back so soon after one was removed was removed for nothing."""

FLAPS_PER_HOUR: Final = 1.0
LEAD_S: Final = 900.0
"""How long the first rate of a trace is taken to have been there before it."""

METRIC_S: Final[Mapping[str, float]] = {
    "cpu": RESOURCE_WINDOW_S + DELAY_S,
    "requestsPerSecond": REQUEST_WINDOW_S + DELAY_S,
}
"""Until a change of traffic is read in full: the time that a figure covers, and its age; see `autoscale.metering`."""

_DEEPENED: Final = 3
_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What has to be kept on the whole trace: so many percent of the requests within a time, and few refused ones."""

    percentile: float
    latency_s: float
    error_share: float = 0.001

    @property
    def late_share(self) -> float:
        """Part of the requests that may take longer, or be refused."""
        return (100 - self.percentile) / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """What passes until a new pod helps, in seconds.

    Attributes:
        pod_start_s: From a place on a node to ready.
        metric_s: Until what the autoscaler reads shows a change in full: the time that a figure covers, and its age.
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
        late_share: Part of the requests that took longer than the objective, or were refused.
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
    world = surroundings(pod, delays=delays, around=around)

    def judged(candidate: Candidate) -> Outcome:
        return judge(candidate, replay(trace, candidate, world=world, goal=goal, delays=delays, metric=wishes.metric))

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


def replay(
    trace: Trace, candidate: Candidate, *, world: Surroundings, goal: Goal, delays: Delays, metric: MetricName
) -> Course:
    """Simulate a trace as the middle of a longer one: the pods that its first rate asks for are there already."""
    window_s = min(RESOURCE_WINDOW_S if metric == "cpu" else REQUEST_WINDOW_S, delays.metric_s)
    signal = Signal.CPU if metric == "cpu" else Signal.ANSWERED
    play = Play(
        meters=(Meter(signal=signal, window_s=window_s, delay_s=delays.metric_s - window_s),),
        bound_s=goal.latency_s,
        settle_s=LEAD_S,
    )
    config = config_of_candidate(candidate, metric=metric)
    return simulate(trace, config, around=world, step_s=delays.sync_s, play=play)


def judge(candidate: Candidate, course: Course) -> Outcome:
    """Sum up what became of a trace."""
    late = sum(course.late) + sum(course.dropped)
    return Outcome(
        candidate=candidate,
        late_share=late / course.requests if course.requests else 0.0,
        dropped_share=course.dropped_share,
        flaps=count_flaps(course.replicas, step_s=course.step_s),
        hours=len(course.rates) * course.step_s / _HOUR_S,
        pod_hours=course.pod_hours,
        node_hours=sum(course.nodes) * course.step_s / _HOUR_S,
        most_pods=max(course.replicas),
    )


def surroundings(pod: PodCapacity, *, delays: Delays, around: Surroundings | None = None) -> Surroundings:
    """Return what pods run on, with what one was measured to do."""
    return replace(
        around or Surroundings(pod_rate=pod.rate),
        pod_rate=pod.rate,
        service_s=pod.latency_s,
        latencies=pod.latencies,
        pod_start_s=delays.pod_start_s,
        cpu_request_milli=max(round((pod.request_cores or 1.0) * 1000), 1),
        cpu_at_full=pod.cpu_share or 1.0,
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


def _refuse_too_many(pod: PodCapacity, demand: Demand, *, wishes: Wishes) -> None:
    most = most_pods(pod, demand, wishes=wishes)
    if most > MOST_PODS:
        raise InputError(
            f"the trace's peak of {demand.peak:.4g} requests/s asks for {most} pods of {pod.rate:.3g} requests/s each, "
            f"and a spec takes at most {MOST_PODS}",
            hint="give a pod more processor and measure again, or split the traffic over several services",
        )
