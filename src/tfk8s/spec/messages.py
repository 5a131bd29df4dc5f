"""Turns what pydantic found into sentences for the person who wrote the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from pydantic_core import ErrorDetails

from tfk8s.manifest.objects import JsonValue
from tfk8s.manifest.yaml import Document, Path, Problem
from tfk8s.spec.environments import Overlay
from tfk8s.spec.nearest import nearest
from tfk8s.spec.schema import Schema, known_keys
from tfk8s.spec.service import API_VERSION
from tfk8s.spec.violation import Violation

_TYPES = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "mapping_type": "must be a map",
    "dict_type": "must be a map",
    "model_type": "must be a map",
    "model_attributes_type": "must be a map",
}
_KEY_STEP = "[key]"


def empty_fields(document: Document) -> Iterator[Problem]:
    """A key without a value, everywhere: to some it means the default, to others nothing at all."""
    todo: list[tuple[Path, JsonValue]] = [((), document.value)]
    while todo:
        path, value = todo.pop()
        if value is None:
            yield _at(document, path, message="is empty: give a value or remove the key", mark_key=False)
        elif isinstance(value, dict):
            todo += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            todo += [((*path, index), item) for index, item in enumerate(value)]


def needless(laid: Overlay) -> Iterator[Problem]:
    """A key that an environment takes away though no spec can have it: a slip of the pen, which null would hide."""
    for path in laid.idle:
        known = known_keys(path[:-1])
        if known and path[-1] not in known:
            yield _at(laid.document, path, message=_unknown_key(path, laid.document.value), mark_key=True)


def problems_of(errors: list[ErrorDetails], document: Document, *, schema: Schema | None = None) -> Iterator[Problem]:
    """Each error with its place in the document.

    Args:
        errors: what pydantic found.
        document: what it looked at.
        schema: of the file. Default: that of a spec.
    """
    for error in errors:
        found = error.get("ctx", {}).get("violations")
        if found is not None:
            base = _path_of(error, document.value)  # a part that checks itself counts its paths from itself
            for violation in cast("tuple[Violation, ...]", found):
                yield _at(document, (*base, *violation.path), message=violation.message, mark_key=False)
        elif not _is_echo(error):
            yield _problem(error, document, schema=schema)


def _is_echo(error: ErrorDetails) -> bool:
    """Whether pydantic calls a list too short only because items in it are wrong, which it says as well."""
    if error["type"] != "too_short" or not isinstance(error["input"], (list, tuple)):
        return False
    return len(error["input"]) >= int(error["ctx"]["min_length"])


def _problem(error: ErrorDetails, document: Document, *, schema: Schema | None) -> Problem:
    path = _path_of(error, document.value)
    if error["type"] == "extra_forbidden":
        return _at(document, path, message=_unknown_key(path, document.value, schema=schema), mark_key=True)
    is_key = bool(error["loc"]) and error["loc"][-1] == _KEY_STEP
    version = API_VERSION if schema is None else schema["properties"]["apiVersion"]["const"]
    return _at(document, path, message=_sentence(error, version=version), mark_key=is_key)


def _at(document: Document, path: Path, *, message: str, mark_key: bool) -> Problem:
    mark = document.key_mark(path) if mark_key else document.value_mark(path)
    return Problem(source=document.source, mark=mark, path=path, message=message)


def _path_of(error: ErrorDetails, value: JsonValue) -> Path:
    """The error's place as a path of the document: steps that pydantic adds (tags of unions) are left out."""
    path: list[str | int] = []
    node: Any = value
    for step in error["loc"]:
        if _holds(node, step):
            node = node[step]
            path.append(step)
    if error["type"] == "missing":
        path.append(error["loc"][-1])
    return tuple(path)


def _holds(node: object, step: str | int) -> bool:
    if isinstance(node, dict):
        return step in node
    return isinstance(node, list) and isinstance(step, int) and step < len(node)


def _unknown_key(path: Path, value: JsonValue, *, schema: Schema | None = None) -> str:
    key = str(path[-1])
    known = known_keys(path[:-1], schema=schema)
    if key in known:  # of another form of the same part, as min beside replicas
        beside = ", ".join(other for other in _keys_at(path[:-1], value) if other != key)
        return f"does not go with {beside}"
    guess = nearest(key, known)
    return "is no known field: " + (f"did you mean {guess}?" if guess else f"known are {', '.join(known)}")


def _keys_at(path: Path, value: JsonValue) -> list[str]:
    node: Any = value
    for step in path:
        node = node[step]
    return list(node)


def _sentence(error: ErrorDetails, *, version: str) -> str:
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return "is missing" + (f": write apiVersion: {version}" if error["loc"] == ("apiVersion",) else "")
    if kind in _TYPES:
        return f"{_TYPES[kind]}, not {_shown(given)}{_quoting(kind, given)}"
    if kind == "literal_error":
        return f"must be {str(context['expected']).replace(chr(39), '')}, not {_shown(given)}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = f"at least {context['ge']}" if kind == "greater_than_equal" else f"at most {context['le']}"
        return f"must be {bound}, not {_shown(given)}"
    if kind in ("too_short", "too_long"):
        return "must not be empty" if kind == "too_short" else f"must have at most {context['max_length']} entries"
    return error["msg"]


def _quoting(kind: str, given: object) -> str:
    """Numbers and booleans where text is wanted are refused, not converted: 1.10 would silently become 1.1."""
    if kind == "string_type" and isinstance(given, (bool, int, float)):
        return f': write it in quotes, as "{json.dumps(given)}"'
    if kind in ("int_type", "bool_type") and isinstance(given, str):
        return " in quotes" if given.lstrip("-").isdigit() or given in ("true", "false") else ""
    return ""


def _shown(given: object) -> str:
    if isinstance(given, dict):
        return "a map"
    if isinstance(given, (list, tuple)):
        return "a list"
    if isinstance(given, str):
        return f'"{given[:60]}{"…" if len(given) > 60 else ""}"'
    return json.dumps(given)
