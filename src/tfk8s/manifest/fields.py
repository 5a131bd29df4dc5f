"""Reading fields of an object that the API server or a user wrote: an absent field and one of another type read alike.

The API server is the one that checks types; what comes back from it is well-formed or an older server's idea of it.
Each reader therefore has an empty answer instead of an error, and callers say what an empty answer means to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from tfk8s.manifest.objects import JsonObject, JsonValue


def value_at(body: JsonValue, *path: str) -> JsonValue:
    """The value under `path`, or None when any step of it is missing or no object."""
    for step in path:
        if not isinstance(body, dict):
            return None
        body = body.get(step)
    return body


def object_at(body: JsonValue, *path: str) -> JsonObject:
    """The object under `path`, {} otherwise."""
    value = value_at(body, *path)
    return value if isinstance(value, dict) else {}


def objects_at(body: JsonValue, *path: str) -> tuple[JsonObject, ...]:
    """The objects of the list under `path`, () otherwise."""
    value = value_at(body, *path)
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def text_at(body: JsonValue, *path: str) -> str:
    """The string under `path`, "" otherwise."""
    value = value_at(body, *path)
    return value if isinstance(value, str) else ""


def integer_at(body: JsonValue, *path: str, default: int = 0) -> int:
    """The integer under `path`, `default` otherwise; the API server omits a status count that is 0."""
    value = value_at(body, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def flag_at(body: JsonValue, *path: str) -> bool:
    """True only when the field is true."""
    return value_at(body, *path) is True


def labels_of(body: JsonObject) -> Mapping[str, str]:
    """The labels of an object."""
    return {key: value for key, value in object_at(body, "metadata", "labels").items() if isinstance(value, str)}


def condition_of(body: JsonObject, kind: str) -> JsonObject:
    """The entry of `status.conditions` whose type is `kind`, {} when there is none."""
    found = (item for item in objects_at(body, "status", "conditions") if item.get("type") == kind)
    return next(found, {})


def time_at(body: JsonValue, *path: str) -> datetime | None:
    """The RFC 3339 time under `path`, None when it is absent or unreadable."""
    text = text_at(body, *path)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
