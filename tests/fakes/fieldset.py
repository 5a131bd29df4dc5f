"""Field ownership of the fake cluster: which manager holds which leaf of an object.

Objects are followed down to their leaves; a list counts as one leaf, which is coarser than the real thing.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TypeAlias

from tfk8s.manifest import JsonObject, JsonValue

Path: TypeAlias = tuple[str, ...]
_IDENTITY = frozenset({("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")})


def leaves(body: JsonValue, at: Path = ()) -> Iterator[Path]:
    """Paths of all values that are no objects (or are empty ones), without those that name the object."""
    if isinstance(body, dict) and body:
        for key, value in body.items():
            yield from leaves(value, (*at, key))
    elif at and at not in _IDENTITY:
        yield at


def value_of(body: JsonValue, path: Path) -> JsonValue:
    """The value at a path; None when absent."""
    for step in path:
        if not isinstance(body, dict):
            return None
        body = body.get(step)
    return body


def with_value(body: JsonObject, path: Path, value: JsonValue) -> None:
    """Set a value in place, making the objects above it."""
    for step in path[:-1]:
        below = body.get(step)
        if not isinstance(below, dict):
            below = {}
            body[step] = below
        body = below
    body[path[-1]] = copy.deepcopy(value)


def without(body: JsonObject, path: Path) -> None:
    """Remove a value in place, and the objects above it that become empty."""
    below = body.get(path[0])
    if len(path) == 1:
        body.pop(path[0], None)
    elif isinstance(below, dict):
        without(below, path[1:])
        if not below:
            body.pop(path[0])


def fields_v1(paths: set[Path]) -> JsonObject:
    """The paths as `managedFields` writes them."""
    fields: JsonObject = {}
    for path in sorted(paths):
        at = fields
        for step in path:
            below = at.setdefault(f"f:{step}", {})
            assert isinstance(below, dict)
            at = below
    return fields


def paths_of(fields: JsonObject, at: Path = ()) -> set[Path]:
    """What `fields_v1` wrote, as paths again."""
    found: set[Path] = set()
    for step, below in fields.items():
        path = (*at, step.removeprefix("f:"))
        found |= paths_of(below, path) if isinstance(below, dict) and below else {path}
    return found


def dotted(path: Path) -> str:
    """The path as a conflict writes it."""
    return "".join(f".{step}" for step in path)
