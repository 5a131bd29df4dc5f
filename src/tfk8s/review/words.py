"""Values and changes of values in words."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tfk8s.manifest import JsonValue
from tfk8s.manifest.difference import compare

LONGEST_VALUE = 120
NOTHING = "unset"


def shown(value: JsonValue) -> str:
    """A value on one line, cut when it is long; text that could be taken for something else in quotes."""
    if value is None:
        return NOTHING
    plain = isinstance(value, str) and value.isprintable() and value.strip() == value != ""
    text = value if plain and isinstance(value, str) else json.dumps(value, ensure_ascii=not _is_safe(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text)} characters)"


def _is_safe(value: JsonValue) -> bool:
    """Whether the value may stand on a terminal as it is: JSON escapes line ends, but not every control character."""
    return all(char.isprintable() or char == " " for char in json.dumps(value, ensure_ascii=False))


def change(name: str, before: JsonValue, after: JsonValue) -> str:
    """`max 5 to 8`, `max 5 added`, `max 5 removed`."""
    if before is None:
        return f"{name} {shown(after)} added"
    if after is None:
        return f"{name} {shown(before)} removed"
    return f"{name} {shown(before)} to {shown(after)}"


def setting(name: str, before: JsonValue, after: JsonValue) -> str:
    """`max 5 to 8`, `max set to 8`, `max 5 no longer set`: for a field that has a default."""
    if before is None:
        return f"{name} set to {shown(after)}"
    if after is None:
        return f"{name} {shown(before)} no longer set"
    return f"{name} {shown(before)} to {shown(after)}"


def listed(items: Iterable[JsonValue]) -> str:
    """`a, b and c`."""
    texts = [shown(item) for item in items]
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


def plural(count: int, noun: str) -> str:
    """`1 pod`, `2 pods`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def inside(before: JsonValue, after: JsonValue) -> str:
    """What differs inside of two maps or lists: `port 80 to 443, protocol HTTP to HTTPS`."""
    told = (change(item.path.removeprefix("."), item.before, item.after) for item in compare(before, after))
    return ", ".join(told)


def whole(name: str, before: JsonValue, after: JsonValue) -> str:
    """`name added`, `name removed`, or what differs inside: for a part of an object that has many fields."""
    if before is None:
        return f"{name} added"
    if after is None:
        return f"{name} removed"
    return f"{name}: {inside(before, after)}" if isinstance(before, (dict, list)) else change(name, before, after)
