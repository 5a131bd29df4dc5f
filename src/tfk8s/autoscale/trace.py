"""Traffic over time, from a file: requests a second."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfk8s.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS = 2
_HINT = "write two columns, seconds and requests a second: `0,120`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A rate that holds from each time to the next; the last one holds to the end.

    Attributes:
        times_s: Seconds, rising.
        rates: Requests a second, as many.
    """

    times_s: tuple[float, ...]
    rates: tuple[float, ...]

    @property
    def length_s(self) -> float:
        """Time from the first to the last sample."""
        return self.times_s[-1] - self.times_s[0]

    def every(self, step_s: float) -> list[float]:
        """Return the rate at the start of each step, from the first sample to the last."""
        times, rates, first = self.times_s, self.rates, self.times_s[0]
        count = int(self.length_s // step_s) + 1
        found, place = [], 0
        for index in range(count):
            while place + 1 < len(times) and times[place + 1] <= first + step_s * index:
                place += 1
            found.append(rates[place])
        return found


def read_trace(text: str, *, name: str = "trace") -> Trace:
    """Read comma-separated lines of seconds and requests a second; a line of titles may come first.

    Raises:
        InputError: A line is no pair of numbers, times do not rise, a rate is negative, or nothing is there.
    """
    times: list[float] = []
    rates: list[float] = []
    for line, time_s, rate in _numbers(text, name=name):
        if times and time_s <= times[-1]:
            raise InputError(f"{name}, line {line}: time {time_s:g} does not follow {times[-1]:g}", hint="sort by time")
        if rate < 0:
            raise InputError(f"{name}, line {line}: rate {rate:g} is negative", hint=_HINT)
        times.append(time_s)
        rates.append(rate)
    if not times:
        raise InputError(f"{name} holds no sample", hint=_HINT)
    return Trace(times_s=tuple(times), rates=tuple(rates))


def _numbers(text: str, *, name: str) -> Iterator[tuple[int, float, float]]:
    is_first = True
    for line, row in enumerate(csv.reader(text.splitlines()), start=1):
        if not row or row[0].lstrip().startswith("#"):
            continue
        pair = _pair(row)
        if pair is not None:
            yield line, *pair
        elif not is_first:
            raise InputError(f"{name}, line {line}: {','.join(row)!r} is no pair of numbers", hint=_HINT)
        is_first = False


def _pair(row: list[str]) -> tuple[float, float] | None:
    try:
        time_s, rate = (float(cell) for cell in row) if len(row) == _COLUMNS else (math.nan, math.nan)
    except ValueError:
        return None
    return (time_s, rate) if math.isfinite(time_s) and math.isfinite(rate) else None
