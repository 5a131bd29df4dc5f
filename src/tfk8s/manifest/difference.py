"""The difference of two bodies as field paths; what only the server writes is left out, what is secret is masked.

Lists whose entries are all objects with a unique `name` (containers, ports, env, volumes) are compared by name, other
lists by position. It is a report for people, not a patch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import object_at

_SERVER_METADATA = frozenset(
    {"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields"}
    | {"resourceVersion", "selfLink", "uid"}
)
_REVISION_ANNOTATION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that differs; None stands for an absent field."""

    path: str
    before: JsonValue
    after: JsonValue


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
    """Fields of the desired part that differ, in path order; values of a Secret are masked."""
    found = _compare(desired_part(before), desired_part(after), "")
    is_secret = "Secret" in (before.get("kind"), after.get("kind"))
    return tuple(_masked(item) if is_secret else item for item in found)


def _masked(item: Difference) -> Difference:
    if not item.path.startswith((".data", ".stringData")):
        return item
    return Difference(
        path=item.path,
        before=None if item.before is None else "(before, masked)",
        after=None if item.after is None else "(after, masked)",
    )


def _compare(before: JsonValue, after: JsonValue, path: str) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _compare(before.get(key), after.get(key), f"{path}{_step(key)}")
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(before, after, path)
    elif before != after or type(before) is not type(after):  # True equals 1
        yield Difference(path=path or ".", before=before, after=after)


def _step(key: str) -> str:
    plain = key.replace("_", "").replace("-", "").isalnum()
    return f".{key}" if plain else f"[{key}]"


def _compare_lists(before: list[JsonValue], after: list[JsonValue], path: str) -> Iterator[Difference]:
    old, new = _by_name(before), _by_name(after)
    if old is not None and new is not None and list(old) != list(new) and set(old) == set(new):
        yield Difference(path=f"{path} (order)", before=_names(old), after=_names(new))
    if old is None or new is None:
        old = {f"[{index}]": item for index, item in enumerate(before)}
        new = {f"[{index}]": item for index, item in enumerate(after)}
    for key in dict.fromkeys([*old, *new]):
        yield from _compare(old.get(key), new.get(key), f"{path}{key}")


def _names(items: dict[str, JsonValue]) -> list[JsonValue]:
    return [key.removeprefix("[").removesuffix("]") for key in items]


def _by_name(items: list[JsonValue]) -> dict[str, JsonValue] | None:
    named: dict[str, JsonValue] = {}
    for item in items:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or f"[{name}]" in named:
            return None
        named[f"[{name}]"] = item
    return named
