"""Objects in the form in which they are compared: lists and texts that mean a map become one.

A flag in the middle of `args` would otherwise move every flag after it, and a configuration file is one long text. A
value is turned only when it differs and both sides can be; what differs as written and not as turned is kept as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.difference import Difference, compare, desired_part, entries, path_of
from tfk8s.manifest.masking import masked_pair
from tfk8s.review.rule import ANY, Steps

Turn = Callable[[JsonValue], "JsonObject | None"]
"""Another form of a value, None when it has none."""

REWRITTEN = "(as written)"
"""The last step of a difference that is only about how something is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Which places of an object are compared in another form."""

    pattern: Steps
    turn: Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Both bodies in the form of comparing, secrets masked, and all that differs."""

    before: JsonObject
    after: JsonObject
    differences: tuple[Difference, ...]


def compared(before: JsonObject, after: JsonObject, *, views: tuple[View, ...]) -> Compared:
    """Compare the desired parts of two bodies of one kind."""
    old, new = masked_pair(desired_part(before), desired_part(after))
    rewritten: list[Difference] = []
    for view in views:
        for place in sorted({*_places(old, view.pattern), *_places(new, view.pattern)}):
            old, new, kept = _turned(old, new, place=place, turn=view.turn)
            rewritten += kept
    found = [leaf for item in compare(old, new) for leaf in _leaves(item)]
    return Compared(before=old, after=new, differences=(*found, *rewritten))


def value_of(body: JsonValue, place: Steps) -> JsonValue:
    """The value at a place, None when there is none."""
    for step in place:
        if isinstance(body, list):
            body = _entry(body, step)
        elif isinstance(body, dict):
            body = body.get(step)
        else:
            return None
    return body


def _entry(items: list[JsonValue], step: str) -> JsonValue:
    named = entries(items) or {}
    index = step[1:-1]
    if step in named:
        return named[step]
    return items[int(index)] if index.isdigit() and int(index) < len(items) else None


def _turned(
    old: JsonObject, new: JsonObject, *, place: Steps, turn: Turn
) -> tuple[JsonObject, JsonObject, tuple[Difference, ...]]:
    before, after = value_of(old, place), value_of(new, place)
    if before == after:
        return old, new, ()
    one, other = turn(before), turn(after)
    if (one is None and before is not None) or (other is None and after is not None):
        return old, new, ()
    if one != other:
        return _with(old, place, one), _with(new, place, other), ()
    steps = (*place, REWRITTEN)
    kept = Difference(path=f"{path_of(place)} {REWRITTEN}", before=before, after=after, steps=steps)
    return _with(old, place, None), _with(new, place, None), (kept,)


def _places(body: JsonValue, pattern: Steps) -> Iterator[Steps]:
    """Where the pattern leads in a body."""
    if not pattern:
        yield ()
        return
    for step, inner in _children(body):
        if pattern[0] in (ANY, step):
            yield from ((step, *rest) for rest in _places(inner, pattern[1:]))


def _children(body: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    if isinstance(body, dict):
        yield from body.items()
    elif isinstance(body, list):
        named = entries(body)
        yield from named.items() if named is not None else ((f"[{at}]", item) for at, item in enumerate(body))


def _with(body: JsonObject, place: Steps, value: JsonValue) -> JsonObject:
    """A copy of the body with another value at a place that exists, or the body when it does not; None removes it."""
    return body if value_of(body, place) is None else _replaced(body, place, value)  # type: ignore[return-value]


def _replaced(body: JsonValue, place: Steps, value: JsonValue) -> JsonValue:
    if not place:
        return value
    step, rest = place[0], place[1:]
    if isinstance(body, dict):
        inner = _replaced(body.get(step), rest, value)
        if not rest and inner is None:
            return {key: item for key, item in body.items() if key != step}
        return {**body, step: inner}
    if isinstance(body, list):
        target = _entry(body, step)
        return [_replaced(item, rest, value) if item is target else item for item in body]
    return body


def _leaves(item: Difference) -> Iterator[Difference]:
    """A map that appears or disappears, key by key, so that it is told as its fields are; and so is a list of names."""
    whole = item.after if item.before is None else item.before
    is_entry = bool(item.steps) and item.steps[-1].startswith("[")
    is_map = isinstance(whole, dict) or (isinstance(whole, list) and entries(whole))
    if (item.before is not None and item.after is not None) or is_entry or not whole or not is_map:
        yield item
        return
    empty: JsonValue = {} if isinstance(whole, dict) else []
    found = compare(empty, whole, item.steps) if item.before is None else compare(whole, empty, item.steps)
    for inner in found:
        yield from _leaves(inner)
