"""What a trace asks of a service: its floor, its peak, and how fast it rises while a new pod is on its way."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfk8s.autoscale.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEEP_FROM = 4
"""Rises that begin below this part of the peak are no ratio to keep free in each pod: the fewest pods carry them."""

_DAY_S = 86400
_MINUTE_S = 60.0
_JUMP_AT_S = _DAY_S / 3
_JUMP_S = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """Traffic at one time, and the most within the reaction time after it."""

    at_s: float
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A trace in the figures that a recommendation is made of. Rates are requests a second.

    Attributes:
        floor: Lowest rate.
        mean: Over the whole trace.
        peak: Highest rate.
        step_s: Time between two of `rates`.
        rates: One each step.
        ahead: The highest rate from each step until a pod that was asked for then answers.
        steepest: The largest ratio of `ahead` to the rate, or to a quarter of the peak where the rate is below it.
        jump: The largest rise from one step to the next.
    """

    floor: float
    mean: float
    peak: float
    step_s: float
    rates: Sequence[float]
    ahead: Sequence[float]
    steepest: Rise
    jump: Rise

    @property
    def growth_from(self) -> float:
        """The rate that `growth` counts from: before the steepest rise, or a quarter of the peak where that is more."""
        return max(self.steepest.before, self.peak / _STEEP_FROM)

    @property
    def growth(self) -> float:
        """How many times the traffic of one moment the service has to carry before a new pod helps; at least 1."""
        base = self.growth_from
        return max(self.steepest.after / base, 1.0) if base else 1.0


def demand_of(trace: Trace, *, reaction_s: float, step_s: float) -> Demand:
    """Read a trace.

    Args:
        trace: Requests a second.
        reaction_s: From traffic to a pod that answers it.
        step_s: Sync period of the controller.
    """
    rates = trace.every(step_s)
    ahead = _highest_ahead(rates, steps=math.ceil(reaction_s / step_s))
    peak = max(rates)
    quarter = peak / _STEEP_FROM
    steepest = max(range(len(rates)), key=lambda index: ahead[index] / (max(rates[index], quarter) or 1.0))
    jump = max(range(len(rates)), key=lambda index: rates[index] - rates[max(index - 1, 0)])
    return Demand(
        floor=min(rates),
        mean=sum(rates) / len(rates),
        peak=peak,
        step_s=step_s,
        rates=rates,
        ahead=ahead,
        steepest=Rise(at_s=steepest * step_s, before=rates[steepest], after=ahead[steepest]),
        jump=Rise(at_s=jump * step_s, before=rates[max(jump - 1, 0)], after=rates[jump]),
    )


def assumed_day(*, floor: float, peak: float, growth: float) -> Trace:
    """Make a day where there is no trace: from floor to peak and back, and a jump in the morning.

    Args:
        floor: Requests a second at night.
        peak: In the middle of the day.
        growth: How many times the traffic of 8 o'clock comes at once, for half an hour; never more than the peak.
    """
    times = tuple(_MINUTE_S * minute for minute in range(int(_DAY_S / _MINUTE_S)))
    rates = []
    for time_s in times:
        rate = floor + (peak - floor) * (1 - math.cos(2 * math.pi * time_s / _DAY_S)) / 2
        is_jump = _JUMP_AT_S <= time_s < _JUMP_AT_S + _JUMP_S
        rates.append(max(rate, min(rate * growth, peak)) if is_jump else rate)
    return Trace(times_s=times, rates=tuple(rates))


def _highest_ahead(rates: Sequence[float], *, steps: int) -> list[float]:
    """Return the highest of each rate and the `steps` that follow it."""
    found = [0.0] * len(rates)
    falling: deque[int] = deque()  # places of rates that nothing later within reach exceeds, highest first
    for index in range(len(rates) - 1, -1, -1):
        while falling and rates[falling[-1]] <= rates[index]:
            falling.pop()
        falling.append(index)
        while falling[0] > index + steps:
            falling.popleft()
        found[index] = rates[falling[0]]
    return found
