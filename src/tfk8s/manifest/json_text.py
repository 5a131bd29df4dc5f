"""JSON that others wrote: read, or no JSON; in no case more memory or depth than a value of ours may have."""

from __future__ import annotations

import json
from typing import Final

from tfk8s.manifest.objects import JsonValue

MAX_DEPTH: Final = 300
"""A tensor has at most 254 axes, a Kubernetes object some 20 levels; what writes JSON here follows no thousand."""

MAX_TEXT_BYTES: Final = 32 << 20
MAX_VALUE_BYTES: Final = 128 << 20
"""What a value may take in memory, by the marks in its text: `[[],[],[]` becomes twenty times as much."""

_LIST_BYTES, _NUMBER_BYTES, _TEXT_BYTES = 88, 36, 30


def read_json(text: bytes | str) -> JsonValue:
    """Read the answer of a server, which may be anything; bytes that are no UTF-8 are replaced.

    Raises:
        ValueError: as `parse_json`, or it is larger than any answer that is read here.
    """
    decoded = text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text
    if len(decoded) > MAX_TEXT_BYTES or _taken_bytes(decoded) > MAX_VALUE_BYTES:
        raise ValueError("it is larger than any answer that is read")
    return parse_json(decoded)


def parse_json(text: bytes | str) -> JsonValue:
    """Read a text that must be JSON.

    Raises:
        ValueError: it is no JSON, or nested too deeply.
    """
    try:
        value: JsonValue = json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    _require_flat(value)
    return value


def _taken_bytes(text: str) -> int:
    opened = text.count("[") + text.count("{")
    return _LIST_BYTES * opened + _NUMBER_BYTES * text.count(",") + _TEXT_BYTES * text.count('"')


def _require_flat(value: JsonValue) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for part in level for item in _below(part) if isinstance(item, (dict, list))]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> ValueError:
    return ValueError(f"it is nested more than {MAX_DEPTH} levels deep")


def _below(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, dict):
        return [*value.values()]
    return value if isinstance(value, list) else []
