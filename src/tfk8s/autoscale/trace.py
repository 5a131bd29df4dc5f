"""Traffic over time, from a file: requests a second."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final

from tfk8s.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SAMPLES: Final = 1_000_000
MAX_RATE: Final = 1e9
MAX_LENGTH_S: Final = 400 * 86_400.0
_COLUMNS = 2
_HINT = "write two columns, seconds or date and time, and requests a second: `0,120`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A rate that holds from each time to the next; the last one holds to the end.

    Attributes:
        times_s: Seconds, rising; of a trace with dates those since 1970 in UTC.
        rates: Requests a second, as many.
        notes: What was assumed where the source tells nothing, in words.
    """

    times_s: tuple[float, ...]
    rates: tuple[float, ...]
    notes: tuple[str, ...] = ()

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


class Collector:
    """Samples one by one, each of which must follow the last."""

    def __init__(self) -> None:
        """Start without a sample."""
        self._times: list[float] = []
        self._rates: list[float] = []

    def add(self, time_s: float, rate: float, *, place: str) -> None:
        """Take a sample.

        Raises:
            InputError: It is negative, beyond every real rate, or not later than the one before; `place` is named.
        """
        times = self._times
        if times and time_s <= times[-1]:
            raise InputError(f"{place}: time {time_s:.15g} does not follow {times[-1]:.15g}", hint="sort by time")
        if rate < 0:
            raise InputError(f"{place}: rate {rate:g} is negative", hint="write requests a second, 0 or more")
        if rate > MAX_RATE:
            raise InputError(f"{place}: {rate:g} requests a second are more than any service gets", hint=_HINT)
        if times and time_s - times[0] > MAX_LENGTH_S:
            days = MAX_LENGTH_S / 86_400
            raise InputError(
                f"{place}: time {time_s:.15g} is more than {days:.0f} days after the first sample",
                hint="times are seconds, not milliseconds",
            )
        if len(times) == MAX_SAMPLES:
            raise InputError(f"{place}: more than {MAX_SAMPLES} samples", hint="a sample each 15 seconds is enough")
        times.append(time_s)
        self._rates.append(rate)

    def trace(self, *, name: str, hint: str, notes: tuple[str, ...] = ()) -> Trace:
        """Return what came; an error when nothing did."""
        if not self._times:
            raise InputError(f"{name} holds no sample", hint=hint)
        return Trace(times_s=tuple(self._times), rates=tuple(self._rates), notes=notes)


def read_trace(text: str, *, name: str = "trace") -> Trace:
    """Read comma-separated lines of time and requests a second; a line of titles may come first.

    Times are seconds, or dates and times as in `2026-01-31T08:00:00Z` (without a zone: UTC).

    Raises:
        InputError: A line is no such pair, times do not rise, a rate is negative, or nothing is there.
    """
    found = Collector()
    for line, time_s, rate in _numbers(text, name=name):
        found.add(time_s, rate, place=f"{name}, line {line}")
    return found.trace(name=name, hint=_HINT)


def _numbers(text: str, *, name: str) -> Iterator[tuple[int, float, float]]:
    is_first = True
    rows = csv.reader(text.splitlines())
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise InputError(f"{name}, line {rows.line_num}: {error}", hint=_HINT) from error
        if row is None:
            return
        if not row or row[0].lstrip().startswith("#"):
            continue
        pair = _pair(row)
        if pair is not None:
            yield rows.line_num, *pair
        elif not is_first:
            shown = ",".join(row)
            shown = shown if len(shown) <= 40 else f"{shown[:40]}..."
            raise InputError(f"{name}, line {rows.line_num}: {shown!r} is no time and rate", hint=_HINT)
        is_first = False


def _pair(row: list[str]) -> tuple[float, float] | None:
    if len(row) != _COLUMNS:
        return None
    time_s, rate = _time(row[0].strip()), _number(row[1])
    return (time_s, rate) if math.isfinite(time_s) and math.isfinite(rate) else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _time(text: str) -> float:
    """Read seconds, or a date with a time; no number when it is neither."""
    seconds = _number(text)
    if not math.isnan(seconds) or "-" not in text:
        return seconds
    try:
        moment = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith(("Z", "z")) else text)
    except ValueError:
        return math.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
