"""Finds the knee: the highest rate within the objective, from steps that are measured one after the other.

Rates rise by a factor until one breaks the objective, then the middle between the highest that kept it and the lowest
that broke it is tried, until the two are close. One step can be spoilt by anything that runs beside it, so the two ends
are measured again before they are believed, and a rate that kept the objective once and broke it once is measured a
third time: the majority counts. Steps that were set aside are repeated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tfk8s.load.measured import Ended, Knee, Objective, Step

_ENOUGH: Final = 2
"""Steps that must agree about either end."""

_MOST_SET_ASIDE: Final = 3
"""Steps of one rate that are set aside in a row, and it is given up."""

_DIGITS: Final = 3
"""Rates have as many significant digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How the knee is looked for.

    Attributes:
        start_rps: The first rate.
        least_rps: No rate below it is tried.
        most_rps: None above it.
        growth: Factor between rates while they rise, or fall from a start that is too high.
        resolution: Distance of the two ends, as a part of the upper one, that is close enough.
    """

    start_rps: float
    least_rps: float = 0.1
    most_rps: float = 10_000.0
    growth: float = 2.0
    resolution: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tally:
    """Steps of one rate."""

    rps: float
    kept: int
    broken: int

    @property
    def is_kept(self) -> bool:
        return self.kept > self.broken

    @property
    def is_broken(self) -> bool:
        return self.broken > self.kept


def next_rate(steps: Sequence[Step], *, objective: Objective, search: Search) -> float | Ended:
    """The rate to measure next, or why there is none.

    Args:
        steps: All so far, in the order in which they ran.
        objective: What is to be kept.
        search: How it is looked for.
    """
    if not steps:
        return float(min(max(search.start_rps, search.least_rps), search.most_rps))
    if not any(step.answered for step in steps):
        return "failing"
    last = steps[-_MOST_SET_ASIDE:]
    if steps[-1].set_aside is not None:
        is_same = len(last) == _MOST_SET_ASIDE and len({step.asked_rps for step in last}) == 1
        return "unsteady" if is_same and all(step.set_aside for step in last) else steps[-1].asked_rps
    tallies = _tallies(steps, objective)
    undecided = [tally.rps for tally in tallies if not tally.is_kept and not tally.is_broken]
    return undecided[0] if undecided else _between(*_ends(tallies), search=search)


def knee_of(steps: Sequence[Step], *, objective: Objective, pods: int) -> Knee | None:
    """What the steps tell of the highest rate within the objective; `None`: none kept it.

    Steps with another number of pods tell nothing of it.

    Args:
        steps: All that ran.
        objective: What is to be kept.
        pods: Ready ones, at least 1; rates are those of all together.
    """
    steps = [step for step in steps if step.pods_before in (None, pods)]
    low, high = _ends(_tallies(steps, objective))
    if low is None:
        return None
    counted = [step for step in steps if step.set_aside is None]
    kept = [step for step in counted if step.asked_rps == low.rps and step.keeps(objective)]
    beyond = [step for step in counted if high and step.asked_rps == high.rps and not step.keeps(objective)]
    return Knee(
        rps_per_pod=low.rps / pods,
        at=max(kept, key=lambda step: step.objective_s or 0.0),
        beyond=beyond[-1] if beyond else None,
    )


def _tallies(steps: Sequence[Step], objective: Objective) -> list[_Tally]:
    counted = [step for step in steps if step.set_aside is None]
    return [
        _Tally(
            rps=rps,
            kept=sum(step.keeps(objective) for step in counted if step.asked_rps == rps),
            broken=sum(not step.keeps(objective) for step in counted if step.asked_rps == rps),
        )
        for rps in sorted({step.asked_rps for step in counted})
    ]


def _ends(tallies: Sequence[_Tally]) -> tuple[_Tally | None, _Tally | None]:
    """The highest rate that kept the objective below the lowest that broke it, and that one."""
    high = next((tally for tally in tallies if tally.is_broken), None)
    kept = [tally for tally in tallies if tally.is_kept and (high is None or tally.rps < high.rps)]
    return (kept[-1] if kept else None), high


def _between(low: _Tally | None, high: _Tally | None, *, search: Search) -> float | Ended:
    if low is None:
        assert high is not None  # noqa: S101 - one of the two has steps
        is_least = high.rps <= search.least_rps
        return _confirmed(None, high) if is_least else float(max(_rounded(high.rps / search.growth), search.least_rps))
    if high is None:
        is_most = low.rps >= search.most_rps
        return _confirmed(low, None) if is_most else float(min(_rounded(low.rps * search.growth), search.most_rps))
    middle = _rounded(math.sqrt(low.rps * high.rps))
    is_close = high.rps - low.rps <= search.resolution * high.rps or not low.rps < middle < high.rps
    return _confirmed(low, high) if is_close else middle


def _confirmed(low: _Tally | None, high: _Tally | None) -> float | Ended:
    """The end that was not measured often enough."""
    if low is not None and low.kept < _ENOUGH:
        return low.rps
    if high is not None and high.broken < _ENOUGH:
        return high.rps
    return "complete"


def _rounded(rps: float) -> float:
    return float(f"{rps:.{_DIGITS}g}")
