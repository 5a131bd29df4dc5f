"""Floors by the time of day, as KEDA's cron trigger tells them to the autoscaler.

Within a schedule the trigger is its replicas, else 0 (`pkg/scalers/cron_scaler.go` of
https://github.com/kedacore/keda): it is within when its next end comes no later than its next start.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tfk8s.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

A_MONDAY_S: Final = 1_767_571_200.0
"""Begin of traces that have no dates: Monday, 2026-01-05, 0:00 UTC."""

_DATED_S: Final = 100_000_000.0
"""Traces that begin later than so many seconds after 1970 have dates."""

_MINUTE_S: Final = 60
_AHEAD: Final = 8 * 1440
"""Minutes behind the end of a trace in which the next start and end are looked for: a week, and a day."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Final[tuple[tuple[int, int, tuple[str, ...]], ...]] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)


@dataclass(frozen=True, slots=True)
class CronTime:
    """A time as cron writes it.

    Attributes:
        minutes: That match; the others likewise.
        is_any_day: Whether every day of the month, or every weekday, is named by a star: then both must match, else
            one of them is enough.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    is_any_day: bool

    def matches(self, moment: datetime) -> bool:
        """Whether the minute is such a time."""
        if moment.minute not in self.minutes or moment.hour not in self.hours or moment.month not in self.months:
            return False
        of_month, of_week = moment.day in self.days, moment.isoweekday() % 7 in self.weekdays
        return (of_month and of_week) if self.is_any_day else (of_month or of_week)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Replicas between two times of cron, in a time zone."""

    start: CronTime
    end: CronTime
    zone: tzinfo
    replicas: int


def read_schedule(fields: Mapping[str, str]) -> Schedule:
    """Read the metadata of a cron trigger: `start`, `end`, `timezone` and `desiredReplicas`.

    Raises:
        InputError: One of them cannot be read.
    """
    try:
        zone = ZoneInfo(fields["timezone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"the time zone {fields['timezone']} of a schedule is not known on this computer",
            hint="install the system's time zones (tzdata)",
        ) from None
    if not fields["desiredReplicas"].isdigit():
        raise InputError(
            f"a schedule asks for {fields['desiredReplicas']} replicas: that is no number",
            hint='write desiredReplicas as a number in quotes, such as "4"',
        )
    return Schedule(
        start=_cron(fields["start"]), end=_cron(fields["end"]), zone=zone, replicas=int(fields["desiredReplicas"])
    )


def floors_of(schedule: Schedule, *, begins_s: float, step_s: float, count: int) -> list[float]:
    """Return what the trigger tells at the end of each step.

    Args:
        schedule: When, and how many.
        begins_s: Of the trace; without a date it begins on `A_MONDAY_S`.
        step_s: Length of a step.
        count: Steps.
    """
    if begins_s < _DATED_S:
        begins_s += A_MONDAY_S
    first = int(begins_s // _MINUTE_S)
    last = math.ceil((begins_s + step_s * count) / _MINUTE_S)
    within = _within(schedule, first=first, last=last)
    times = (begins_s + step_s * (index + 1) for index in range(count))
    return [float(schedule.replicas) if within[int(time_s // _MINUTE_S) - first] else 0.0 for time_s in times]


def _within(schedule: Schedule, *, first: int, last: int) -> Sequence[bool]:
    """Return for each minute whether the next end, behind it, comes no later than the next start."""
    found = [False] * (last - first + 1)
    starts = ends = math.inf
    for minute in range(last + _AHEAD, first - 1, -1):
        if minute <= last:
            found[minute - first] = ends <= starts
        moment = datetime.fromtimestamp(minute * _MINUTE_S, tz=schedule.zone)
        if schedule.start.matches(moment):
            starts = minute
        if schedule.end.matches(moment):
            ends = minute
    return found


def _cron(text: str) -> CronTime:
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise InputError(
            f"{text!r} is no time of a schedule: it has {len(parts)} fields, not five",
            hint="write it as 0 8 * * 1-5: minute, hour, day, month, weekday",
        )
    try:
        sets = [_field(part, least, most, words) for part, (least, most, words) in zip(parts, _FIELDS, strict=True)]
    except ValueError:
        raise InputError(f"{text!r} is no time of a schedule", hint="write it as 0 8 * * 1-5") from None
    minutes, hours, days, months, weekdays = sets
    is_any_day = parts[2][0] in "*?" or parts[4][0] in "*?"
    return CronTime(minutes, hours, days, months, weekdays, is_any_day)


def _field(text: str, least: int, most: int, words: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        first, dash, last = span.partition("-")
        if span in ("*", "?"):
            low, high = least, most
        else:
            low = _number(first, words, least)
            high = _number(last, words, least) if dash else (most if step else low)
        if not least <= low <= high <= most or (step and not int(step)):
            raise ValueError(item)
        found.update(range(low, high + 1, int(step or "1")))
    return frozenset(found)


def _number(text: str, words: tuple[str, ...], least: int) -> int:
    return words.index(text.lower()) + least if text.lower() in words else int(text)
