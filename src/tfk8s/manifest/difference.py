"""The difference of two bodies as field paths; what only the server writes is left out, what is secret is masked.

Lists whose entries are all objects with a unique `name` (containers, ports, env, volumes) are compared by name, other
lists by position. It is a report for people, not a patch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.masking import masked_pair

_SERVER_METADATA = frozenset(
    {"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields"}
    | {"resourceVersion", "selfLink", "uid"}
)
ORDER = "(order)"
"""The last step of a difference that is only about the order of named entries."""

_REVISION_ANNOTATION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that differs; None stands for an absent field.

    Attributes:
        steps: the path step by step: a key of a map as it is, an entry of a list as `[name]` or `[index]`.
    """

    path: str
    before: JsonValue
    after: JsonValue
    steps: tuple[str, ...] = field(default=(), compare=False)


def desired_part(body: JsonObject) -> JsonObject:
    """The body without status and without metadata that only the server and its controllers write."""
    metadata: JsonObject = {
        key: value for key, value in object_at(body, "metadata").items() if key not in _SERVER_METADATA
    }
    annotations: JsonObject = {
        key: value for key, value in object_at(metadata, "annotations").items() if key != _REVISION_ANNOTATION
    }
    metadata.pop("annotations", None)
    if annotations:
        metadata["annotations"] = annotations
    kept: JsonObject = {key: value for key, value in body.items() if key not in ("status", "metadata")}
    return {**kept, "metadata": metadata}


def differences(before: JsonObject, after: JsonObject) -> tuple[Difference, ...]:
    """Fields of the desired part that differ, in path order; what is secret is masked."""
    one, other = desired_part(before), desired_part(after)
    return tuple(compare(*masked_pair(one, other)))


def compare(before: JsonValue, after: JsonValue, steps: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Every place below `steps` at which two values differ, in path order; nothing is left out or masked."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from compare(before.get(key), after.get(key), (*steps, key))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(before, after, steps)
    elif before != after or type(before) is not type(after):  # True equals 1
        yield Difference(path=path_of(steps), before=before, after=after, steps=steps)


def path_of(steps: tuple[str, ...]) -> str:
    """The path as people read it, "." for the whole."""
    return "".join(map(_step, steps)) or "."


def _step(key: str) -> str:
    if key.startswith("["):
        return key
    plain = key.replace("_", "").replace("-", "").isalnum()
    return f".{key}" if plain else f"[{key}]"


def _compare_lists(before: list[JsonValue], after: list[JsonValue], steps: tuple[str, ...]) -> Iterator[Difference]:
    old, new = entries(before), entries(after)
    if old is not None and new is not None and list(old) != list(new) and set(old) == set(new):
        yield Difference(path=f"{path_of(steps)} (order)", before=_names(old), after=_names(new), steps=(*steps, ORDER))
    if old is None or new is None:
        old = {f"[{index}]": item for index, item in enumerate(before)}
        new = {f"[{index}]": item for index, item in enumerate(after)}
    for key in dict.fromkeys([*old, *new]):
        yield from compare(old.get(key), new.get(key), (*steps, key))


def _names(items: dict[str, JsonValue]) -> list[JsonValue]:
    return [key[1:-1] for key in items]


def entries(items: list[JsonValue]) -> dict[str, JsonValue] | None:
    """The entries of a list by their steps `[name]`, None when not each of them has a name of its own."""
    named: dict[str, JsonValue] = {}
    for item in items:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or f"[{name}]" in named:
            return None
        named[f"[{name}]"] = item
    return named
