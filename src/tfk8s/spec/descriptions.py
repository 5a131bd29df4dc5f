"""What the text below each field says, read from the source when the schema is made and never to read a spec."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from typing import Any

from tfk8s.spec.part import Part


def describe_fields(schema: dict[str, Any], top: type[Part]) -> None:
    """Add the descriptions to a schema that pydantic has made of `top`."""
    parts = {part.__name__: part for part in _all(Part)}
    for name, node in (*schema.get("$defs", {}).items(), (top.__name__, schema)):
        if name in parts:
            _describe(node, parts[name])


def _describe(node: dict[str, Any], part: type[Part]) -> None:
    texts = {name: text for base in reversed(part.__mro__) for name, text in _texts(base).items()}
    for name, info in part.model_fields.items():
        key = info.alias or name
        if name in texts and "description" not in node["properties"][key]:
            node["properties"][key] = dict(sorted({**node["properties"][key], "description": texts[name]}.items()))


def _all(part: type[Part]) -> list[type[Part]]:
    return [found for child in part.__subclasses__() for found in (child, *_all(child))]


def _texts(part: type) -> dict[str, str]:
    return _module_texts(part.__module__).get(part.__name__, {}) if issubclass(part, Part) else {}


@cache
def _module_texts(module: str) -> dict[str, dict[str, str]]:
    """Of every class of a module: the text below each of its fields."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: _texts_of(node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def _texts_of(node: ast.ClassDef) -> dict[str, str]:
    texts = {}
    for field, below in zip(node.body, node.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                texts[name] = inspect.cleandoc(text)
            case _:
                pass
    return texts
