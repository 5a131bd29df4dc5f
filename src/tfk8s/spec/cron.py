"""Times of a schedule in the five fields of cron, as KEDA reads them (ParseStandard of github.com/robfig/cron)."""

from __future__ import annotations

import re
from typing import NamedTuple

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class _Field(NamedTuple):
    """One of the five: its name, its bounds, and what its numbers may be called, from `least` on."""

    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("weekday", 0, 6, _DAYS),
)
_PART = re.compile(
    r"(?:(?P<all>[*?])|(?P<first>[0-9]{1,2}|[A-Za-z]{3})(?:-(?P<last>[0-9]{1,2}|[A-Za-z]{3}))?)(?:/(?P<step>[0-9]{1,2}))?\Z"
)


def cron_flaw(text: str) -> str | None:
    """Why it is no time of a schedule, or None."""
    given = text.split()
    if len(given) != len(_FIELDS):
        return f"it has {len(given)} fields, not five"
    for part, field in zip(given, _FIELDS, strict=True):
        for item in part.split(","):
            if not _fits(item, field):
                return f"{item} is no {field.name} ({field.least} to {field.most})"
    return None


def _fits(item: str, field: _Field) -> bool:
    found = _PART.match(item)
    if found is None or (found["step"] is not None and not int(found["step"])):
        return False
    if found["all"]:
        return True
    first = _number(found["first"], field)
    last = first if found["last"] is None else _number(found["last"], field)
    return first is not None and last is not None and field.least <= first <= last <= field.most


def _number(text: str, field: _Field) -> int | None:
    if text.isdigit():
        return int(text)
    words = field.words
    return words.index(text.lower()) + field.least if text.lower() in words else None
