"""From one object to another as a JSON patch (RFC 6902): exact for every kind, and a field a change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import Path

_LINES_OF_A_CHANGE = 3  # op, path and value


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One step of a patch; `value` means nothing to `remove`."""

    op: Literal["add", "remove", "replace"]
    path: Path
    value: JsonValue = None

    def as_json(self) -> JsonObject:
        """The operation as a patch holds it."""
        step: JsonObject = {"op": self.op, "path": pointer(self.path)}
        return step if self.op == "remove" else {**step, "value": self.value}


def pointer(path: Path) -> str:
    """A path as RFC 6901 writes it."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def json_patch(before: JsonValue, after: JsonValue, *, path: Path = ()) -> Iterator[Operation]:
    """Say what makes `after` of `before`, in the order of its fields.

    Lists are replaced as a whole, unless they hold the same items by name in the same order, or but few of their
    scalars differ.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before:
            if key not in after:
                yield Operation(op="remove", path=(*path, key))
        for key, value in after.items():
            if key in before:
                yield from json_patch(before[key], value, path=(*path, key))
            else:
                yield Operation(op="add", path=(*path, key), value=value)
    elif isinstance(before, list) and isinstance(after, list) and _is_alike(before, after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from json_patch(old, new, path=(*path, index))
    elif not is_same(before, after):
        yield Operation(op="replace", path=path, value=after)


def is_same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values are written alike: `True` is not `1`, `1` is not `1.0`; the order of keys means nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(is_same(*pair) for pair in zip(one, other, strict=True))
    return type(one) is type(other) and one == other


def _is_alike(before: list[JsonValue], after: list[JsonValue]) -> bool:
    if len(before) != len(after):
        return False
    pairs = list(zip(before, after, strict=True))
    if all(
        isinstance(old, dict) and isinstance(new, dict) and old.get("name") == new.get("name") for old, new in pairs
    ):
        return True
    return sum(not is_same(old, new) for old, new in pairs) * _LINES_OF_A_CHANGE <= len(after)
