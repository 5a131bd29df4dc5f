"""Reads ranges, lengths and patterns out of the validators that `@kubernetes-models` compiles from definitions.

One function stands for one subschema: it names each keyword with its limit, and calls the functions of its properties
or items. What the declared types say already (required fields, enumerations) is left to `typescript`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.testbed.typescript import Schema

_FUNCTION: Final = re.compile(r"function (validate\d+)\(")
_ROOT: Final = re.compile(r"[,\s]validate=function (validate\d+)\(")
_LIMIT: Final = re.compile(r'keyword:"((?:max|min)[A-Z]\w+)",params:\{limit:([\d.e+-]+)\}')
_BOUND: Final = re.compile(r'keyword:"(minimum|maximum)",params:\{comparison:"[<>]=",limit:([\d.e+-]+)\}')
_PATTERN: Final = re.compile(r'keyword:"pattern",params:\{pattern:("(?:[^"\\]|\\.)*")\}')
_FORMAT: Final = re.compile(r'keyword:"format",params:\{format:"([\w-]+)"\}')
_PROPERTY: Final = re.compile(r"\|\|(validate\d+)\(data\.(\w+),")
_ITEM: Final = re.compile(r"(validate\d+)\(data\[i\d+\],")


def add_limits(schema: Schema, text: str) -> Schema:
    """Return a schema with the limits that a compiled validator has beside it.

    Args:
        schema: What the declared types say.
        text: The validator's JavaScript.

    Raises:
        ValueError: The two do not speak of the same fields.
    """
    root = _ROOT.search(text)
    if root is None:
        raise ValueError("no validator")
    starts = [*_FUNCTION.finditer(text)]
    ends = [*(start.start() for start in starts[1:]), len(text)]
    functions = {start.group(1): text[start.start() : end] for start, end in zip(starts, ends, strict=True)}
    return _merged(schema, root.group(1), functions=functions)


def _merged(schema: Schema, name: str, *, functions: dict[str, str]) -> Schema:
    body = functions[name]
    merged: Schema = {**schema, **_limits(body)}
    properties = schema.get("properties")
    if isinstance(properties, dict):
        calls = {field: function for function, field in _PROPERTY.findall(body)}
        if set(calls) != set(properties):
            raise ValueError(f"declared {sorted(properties)}, compiled {sorted(calls)}")
        fields: Schema = {}
        for field, value in properties.items():
            assert isinstance(value, dict)
            fields[field] = _merged(value, calls[field], functions=functions)
        merged["properties"] = fields
    items, item = schema.get("items"), _ITEM.search(body)
    if isinstance(items, dict) and item is not None:
        merged["items"] = _merged(items, item.group(1), functions=functions)
    return merged


def _limits(body: str) -> Schema:
    found: Schema = {keyword: int(float(limit)) for keyword, limit in (*_LIMIT.findall(body), *_BOUND.findall(body))}
    pattern, form = _PATTERN.search(body), _FORMAT.search(body)
    if pattern is not None:
        found["pattern"] = json.loads(pattern.group(1))
    if form is not None:
        found["format"] = form.group(1)
    if 'params:{type:"integer"}' in body:
        found["type"] = "integer"
    return found
