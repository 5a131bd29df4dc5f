"""The use-case of `tfk8s autoscale simulate`: one trace over one autoscaler, or over several side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from tfk8s.app.prices import NO_PRICES, Prices
from tfk8s.autoscale.answers import known_percentile
from tfk8s.autoscale.figures import Figures, figures_of
from tfk8s.autoscale.schedules import floors_of
from tfk8s.autoscale.simulate import SYNC_S, Course, Play, simulate
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.app.simulate_candidate import Candidate
    from tfk8s.autoscale.trace import Trace
    from tfk8s.load import Objective

MAX_SYNCS: Final = 3_000_000
SETTLE_S: Final = 3600.0
"""How long the first rate is taken to have held before the trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to replay.

    Attributes:
        trace: Requests a second.
        traffic: What the trace is called.
        candidates: Policies, at least one, each of another name.
        notes: What a reader must know beside them.
        objective: How fast answers must be; `None`: nothing is counted as late.
        step_s: Sync period of the controller.
        is_cold: Whether all pods start at its beginning.
        prices: For the cost.
    """

    trace: Trace
    traffic: str
    candidates: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()
    objective: Objective | None = None
    step_s: float = SYNC_S
    is_cold: bool = False
    prices: Prices = NO_PRICES


class Result(NamedTuple):
    """One policy, what happened, and what it comes to; `cost` is `None` without a price."""

    candidate: Candidate
    course: Course
    figures: Figures
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """All results, in the order of the candidates."""

    request: Request
    results: tuple[Result, ...]


def simulate_all(request: Request) -> Simulation:
    """Replay the trace for each candidate.

    Raises:
        InputError: The trace has too many syncs, or a candidate follows what traffic does not tell.
    """
    syncs = request.trace.length_s / request.step_s
    if syncs > MAX_SYNCS:
        raise InputError(
            f"the trace takes {syncs:.0f} syncs, more than {MAX_SYNCS}",
            hint="give a shorter trace or a longer --sync-period",
        )
    return Simulation(request=request, results=tuple(_result(candidate, request) for candidate in request.candidates))


def _result(candidate: Candidate, request: Request) -> Result:
    trace, objective = request.trace, request.objective
    count = int(trace.length_s // request.step_s) + 1
    play = Play(
        meters=candidate.meters,
        zero=candidate.zero,
        floors={
            place: floors_of(schedule, begins_s=trace.times_s[0], step_s=request.step_s, count=count)
            for place, schedule in candidate.schedules.items()
        },
        bound_s=None if objective is None else objective.latency_s,
        settle_s=SETTLE_S,
        is_cold=request.is_cold,
        percentile=told_percentile(objective),
    )
    course = simulate(trace, candidate.config, around=candidate.around, step_s=request.step_s, play=play)
    figures = figures_of(course, maximum=candidate.config.maximum, pod_rate=candidate.around.pod_rate)
    return Result(candidate, course, figures, _cost(figures, request.prices))


def told_percentile(objective: Objective | None) -> int:
    """Return the known percentile nearest above that of the objective; the median without one."""
    return known_percentile(50.0 if objective is None else objective.percentile)


def _cost(figures: Figures, prices: Prices) -> float | None:
    if prices.pod_hour is None and prices.node_hour is None:
        return None
    return figures.pod_hours * (prices.pod_hour or 0.0) + figures.node_hours * (prices.node_hour or 0.0)
