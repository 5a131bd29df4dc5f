"""Reads the interfaces that `@kubernetes-models` generates from definitions of Kubernetes kinds, back into schemas.

The grammar is what the generator writes and no more: quoted names, `?` for optional, string literals in unions, arrays
and inline objects. Ranges and patterns are not in it; `compiled` has them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Final

Schema = dict[str, "str | bool | int | list[str] | Schema"]

_TOKEN: Final = re.compile(r'/\*.*?\*/|"(?:[^"\\]|\\.)*"|\w+|[{}\[\]<>?:;|]|\S', flags=re.DOTALL)
_PLAIN: Final = {"string": "string", "number": "number", "boolean": "boolean"}


def interface(text: str, name: str) -> Schema:
    """Return the structural schema of an interface.

    Args:
        text: A declaration file.
        name: The interface's name.

    Raises:
        ValueError: The file does not declare it, or says something that the generator does not write.
    """
    start = text.find(f"export interface {name} {{")
    if start < 0:
        raise ValueError(f"no interface {name}")
    tokens = [token for token in _TOKEN.findall(text, text.index("{", start)) if not token.startswith("/*")]
    return _Reader(tokens).type()


@dataclass(slots=True)
class _Reader:
    tokens: list[str]
    at: int = field(default=0)

    def type(self) -> Schema:
        choices = [self._one()]
        while self._peek() == "|":
            self._take("|")
            choices.append(self._one())
        if len(choices) == 1:
            return choices[0]
        return _union(choices)

    def _one(self) -> Schema:
        token = self._next()
        if token == "{":  # noqa: S105  a bracket
            return self._object()
        if token == "Array":  # noqa: S105  a type's name
            self._take("<")
            items = self.type()
            self._take(">")
            return {"type": "array", "items": items}
        if token.startswith('"'):
            return {"type": "string", "enum": [json.loads(token)]}
        if token in _PLAIN:
            return {"type": _PLAIN[token]}
        if token == "IObjectMeta":  # noqa: S105  a type's name
            return {"type": "object"}
        raise ValueError(f"unknown type {token!r}")

    def _object(self) -> Schema:
        properties: Schema = {}
        required: list[str] = []
        while self._peek() != "}":
            if self._peek() == "[":
                return self._map()
            name = json.loads(self._next())
            if self._peek() == "?":
                self._take("?")
            else:
                required.append(name)
            self._take(":")
            properties[name] = self.type()
            self._take(";")
        self._take("}")
        return {"type": "object", "properties": properties, **({"required": required} if required else {})}

    def _map(self) -> Schema:
        for expected in ("[", "key", ":", "string", "]", ":"):
            self._take(expected)
        values = self.type()
        self._take(";")
        self._take("}")
        return {"type": "object", "additionalProperties": values}

    def _peek(self) -> str:
        return self.tokens[self.at]

    def _next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def _take(self, expected: str) -> None:
        found = self._next()
        if found != expected:
            raise ValueError(f"expected {expected!r}, found {found!r}")


def _union(choices: list[Schema]) -> Schema:
    """Return the schema of string literals, or of `number | string`."""
    literals = [value for choice in choices for value in _enum(choice)]
    if len(literals) == len(choices):
        return {"type": "string", "enum": literals}
    if {str(choice["type"]) for choice in choices} == {"number", "string"} and not literals:
        return {"x-kubernetes-int-or-string": True}
    raise ValueError(f"unknown union {choices}")


def _enum(choice: Schema) -> list[str]:
    values = choice.get("enum", [])
    return [str(value) for value in values] if isinstance(values, list) else []
