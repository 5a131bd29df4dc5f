"""What nobody may read in a report: values of Secrets, and values of variables and flags that are named like secrets.

Both sides of a comparison are masked together, so that a changed value still shows as changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from tfk8s.manifest.fields import object_at
from tfk8s.manifest.objects import JsonObject, JsonValue

MASKED = "(masked)"
BEFORE, AFTER = "(before, masked)", "(after, masked)"

_PARTS = ("password", "passwd", "passphrase", "secret", "token", "credential", "authorization", "apikey", "privatekey")
_WORDS = frozenset({"key", "pass", "pwd", "auth", "cookie"})
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Holds a whole earlier manifest, values of a Secret and all."""

_FLAG = re.compile(r"(--?(?P<name>[A-Za-z0-9_.-]+)=)(?P<value>.*)", re.DOTALL)
_Place: TypeAlias = "tuple[str, ...]"
_Replace: TypeAlias = Callable[[_Place, JsonValue], JsonValue]


def is_secret_name(name: str) -> bool:
    """Whether a variable or flag is named like something that nobody may read."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    plain = re.sub(r"[^a-z0-9]+", "", words)
    return any(part in plain for part in _PARTS) or not _WORDS.isdisjoint(re.split(r"[^a-z0-9]+", words))


def masked(body: JsonObject) -> JsonObject:
    """The body with every such value replaced."""
    return _walked(body, lambda _, __: MASKED)


def masked_pair(before: JsonObject, after: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Both bodies masked; a value that differs at the same place still differs."""
    old, new = _found(before), _found(after)
    if not old and not new:
        return before, after
    return (
        _walked(before, lambda place, _: MASKED if old[place] == new.get(place) else BEFORE),
        _walked(after, lambda place, _: MASKED if new[place] == old.get(place) else AFTER),
    )


def _found(body: JsonObject) -> dict[_Place, list[JsonValue]]:
    """The secret values by their places; a variable may stand twice."""
    found: dict[_Place, list[JsonValue]] = {}

    def note(place: _Place, value: JsonValue) -> JsonValue:
        found.setdefault(place, []).append(value)
        return value

    _walked(body, note)
    return found


def _walked(body: JsonObject, replace: _Replace) -> JsonObject:
    if body.get("kind") == "Secret":
        body = {
            key: _values(value, key, replace) if key in ("data", "stringData") else value for key, value in body.items()
        }
    annotations = object_at(body, "metadata", "annotations")
    if _APPLIED in annotations:
        place = ("metadata", "annotations", _APPLIED)
        told: JsonObject = {**annotations, _APPLIED: replace(place, annotations[_APPLIED])}
        body = {**body, "metadata": {**object_at(body, "metadata"), "annotations": told}}
    return {key: _inside(value, (key,), replace) for key, value in body.items()}


def _values(value: JsonValue, key: str, replace: _Replace) -> JsonValue:
    if not isinstance(value, dict):
        return None if value is None else replace((key,), value)
    return {name: replace((key, name), item) for name, item in value.items()}


def _inside(value: JsonValue, place: _Place, replace: _Replace) -> JsonValue:
    """Look for variables and flags at any depth: a container may stand in a whole object or in a part of one."""
    if isinstance(value, dict):
        if place[-1] == "env[]" and "value" in value and is_secret_name(str(value.get("name"))):
            return {**value, "value": replace((*place, str(value.get("name"))), value["value"])}
        return {key: _inside(item, (*place, key), replace) for key, item in value.items()}
    if isinstance(value, list):
        named = [str(item.get("name", "")) if isinstance(item, dict) else "" for item in value]
        steps = [(*place[:-1], f"{place[-1]}[]") if place[-1] == "env" else (*place, name) for name in named]
        return [_inside(item, step, replace) for item, step in zip(value, steps, strict=True)]
    if isinstance(value, str) and len(place) > 1 and place[-2] in ("args", "command"):
        match = _FLAG.fullmatch(value)
        if match is not None and is_secret_name(match["name"]):
            return f"{match[1]}{replace((*place, match['name']), match['value'])}"
    return value
