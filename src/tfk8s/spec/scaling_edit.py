"""Writes `scaling` in the text of a spec: bounds, metrics and behavior; every other byte stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from tfk8s.manifest.objects import JsonObject, JsonValue
from tfk8s.manifest.yaml_splice import NotEditableError, Splices
from tfk8s.manifest.yaml_tree import Part, UnreadableError, read_tree

_Path: TypeAlias = tuple[str, ...]

_GONE: Final = "replicas"
_OWNED: Final = "behavior"
"""Below it a key that is not wanted is removed: the new values were found without it."""


def with_scaling(text: str, scaling: JsonObject, *, environment: str | None = None) -> str:
    """The text with this scaling; an environment's own is changed where it has one.

    `replicas` goes, and keys of `behavior` that are not named; what else `scaling` says stays.

    Args:
        text: the spec file.
        scaling: `min`, `max`, `metrics`, `behavior`, as the file says them.
        environment: the environment that is meant, None for none.

    Raises:
        NotEditableError: it is written in a way that this does not reach (an alias, `scaling` without a map).
    """
    bare = text.removeprefix("\ufeff")
    path: _Path = ("scaling",)
    if environment is not None and _find(_tree(bare), ("environments", environment, *path)) is not None:
        path = ("environments", environment, *path)
    changed = _merged(bare, path, wanted=scaling)
    scaling_part = _find(_tree(changed), path)
    if scaling_part is not None and scaling_part.get(_GONE) is not None:
        changed = _edited(changed, path, lambda splices: splices.remove_key(_GONE))
    return text[: len(text) - len(bare)] + changed


def _merged(text: str, path: _Path, *, wanted: JsonObject) -> str:
    """The text with these keys below a path, one edit after the other."""
    part = _find(_tree(text), path)
    if part is None or part.is_null or (part.kind == "map" and not part.pairs):
        return _set(text, path, value=wanted)
    if part.kind != "map" or text[part.start] in "*&!":
        raise NotEditableError
    for key, value in wanted.items():
        child = _find(_tree(text), (*path, key))
        if isinstance(value, dict) and child is not None and child.kind == "map":
            text = _merged(text, (*path, key), wanted=value)
        elif isinstance(value, list) and child is not None and child.kind == "list" and child.items:
            text = _listed(text, (*path, key), wanted=value)
        else:
            text = _set(text, (*path, key), value=value)
    for key in _surplus(text, path, wanted=wanted):
        text = _removed(text, path, key=key)
    return text


def _surplus(text: str, path: _Path, *, wanted: JsonObject) -> Iterator[str]:
    part = _find(_tree(text), path)
    if _OWNED in path and part is not None:
        yield from (name.text for name, _ in part.pairs if name.text not in wanted)


def _removed(text: str, path: _Path, *, key: str) -> str:
    return _edited(text, path, lambda splices: splices.remove_key(key))


def _set(text: str, path: _Path, *, value: JsonValue) -> str:
    """The text with a value at a path whose parent is a map."""
    *above, key = path
    child = _find(_tree(text), path)
    if child is not None and child.value() == value:
        return text
    if child is None:
        return _edited(text, tuple(above), lambda splices: splices.add_key(key, value))
    return _edited(text, tuple(above), lambda splices: splices.set_value(key, value))


def _listed(text: str, path: _Path, *, wanted: list[JsonValue]) -> str:
    """The text with these items in a list: those that are there already stay as they are written.

    Items of other kinds come behind the old ones, which then go with the comments beside them.
    """
    *above, key = path
    part = _find(_tree(text), path)
    there = [item.value() for item in part.items] if part is not None else []
    if there == wanted:
        return text
    if any(_keys(old) != _keys(new) for old, new in zip(there, wanted, strict=False)):
        text = _edited(text, tuple(above), lambda splices: _add(splices, key, items=wanted))
        return _edited(text, tuple(above), lambda splices: _remove(splices, key, count=len(there)))

    def change(splices: Splices) -> None:
        for index, item in enumerate(wanted):
            if index >= len(there):
                splices.add_item(key, item)
            elif there[index] != item and isinstance(item, dict):
                splices.replace_item(key, index, item=item)
        for index in range(len(wanted), len(there)):
            splices.remove_item(key, index)

    return _edited(text, tuple(above), change)


def _keys(item: JsonValue) -> set[str]:
    return set(item) if isinstance(item, dict) else set()


def _add(splices: Splices, key: str, *, items: list[JsonValue]) -> None:
    for item in items:
        splices.add_item(key, item)


def _remove(splices: Splices, key: str, *, count: int) -> None:
    for index in range(count):
        splices.remove_item(key, index)


def _edited(text: str, path: _Path, change: Callable[[Splices], None]) -> str:
    top = _find(_tree(text), path)
    if top is None or top.kind != "map":
        raise NotEditableError
    splices = Splices(text, top)
    change(splices)
    return splices.apply()


def _find(part: Part | None, path: _Path) -> Part | None:
    for key in path:
        part = part.get(key) if part is not None and part.kind == "map" else None
    return part


def _tree(text: str) -> Part:
    try:
        top = read_tree(text)
    except UnreadableError as error:
        raise NotEditableError from error
    if top is None or top.kind != "map" or not top.pairs:
        raise NotEditableError
    return top
