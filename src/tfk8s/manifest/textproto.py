"""Reading the text form of protocol buffers: the model server's configuration files, as ConfigMaps hold them.

Without the message's definition a field that stands once cannot be told from a repeated one, so every field reads as a
list. Written against https://protobuf.dev/reference/protobuf/textformat-spec/, without extensions and Any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias, Union

Scalar: TypeAlias = Union[bool, int, float, str]
Fields: TypeAlias = "dict[str, list[Scalar | Fields]]"
"""Field name to its values, in the order of the text."""

_TOKEN = re.compile(
    r"""(?P<space>(?:\s|\#[^\n]*)+)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<number>-?(?:0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fF]?)(?![A-Za-z0-9_]))
      | (?P<word>-?[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>[{}<>\[\]:,;])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_CLOSING = {"{": "}", "<": ">"}
_DEEPEST = 64
_LONGEST = 1 << 20
"""Characters; a ConfigMap, which holds these files, cannot have more bytes."""
_MOST_DIGITS = 40


class _Token(NamedTuple):
    kind: str
    text: str


def read(text: str) -> Fields:
    """Read the fields of a message.

    Raises:
        ValueError: this is no text form; the message says at which line.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"it has more than {_LONGEST:,} characters")
    return _Reader(text).message(until="", depth=0)


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def message(self, *, until: str, depth: int) -> Fields:
        if depth > _DEEPEST:
            raise ValueError(f"messages are nested more than {_DEEPEST} deep")
        fields: Fields = {}
        while (token := self._next()) != _Token("mark" if until else "end", until):
            if token.kind != "word":
                raise ValueError(f"expected the name of a field, not {token.text!r}")
            values = fields.setdefault(token.text, [])
            colon = self._take(":")
            if self._take("["):
                values += self._list(depth=depth)
            else:
                values.append(self._value(depth=depth, colon=colon))
            _ = self._take(",") or self._take(";")
        return fields

    def _list(self, *, depth: int) -> Iterator[Scalar | Fields]:
        if self._take("]"):
            return
        while True:
            yield self._value(depth=depth, colon=True)
            if self._take("]"):
                return
            if not self._take(","):
                raise ValueError("expected , or ] in a list")

    def _value(self, *, depth: int, colon: bool) -> Scalar | Fields:
        token = self._next()
        if token.kind == "mark" and token.text in _CLOSING:
            return self.message(until=_CLOSING[token.text], depth=depth + 1)
        if not colon or token.kind in ("mark", "end"):
            raise ValueError(f"expected a value, not {token.text or 'the end'!r}")
        if token.kind == "string":
            pieces = [token.text]
            while self._tokens[self._at].kind == "string":
                pieces.append(self._next().text)
            return b"".join(map(_unquoted, pieces)).decode(errors="surrogateescape")
        return _number(token.text) if token.kind == "number" else _word(token.text)

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        self._at += token.kind != "end"
        return token

    def _take(self, mark: str) -> bool:
        found = self._tokens[self._at] == _Token("mark", mark)
        self._at += found
        return found


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            line = text.count("\n", 0, at) + 1
            raise ValueError(f"line {line}: {text[at : at + 20].splitlines()[0]!r} is no text of a protocol buffer")
        if match.lastgroup != "space":
            yield _Token(match.lastgroup, match.group())
        at = match.end()
    yield _Token("end", "")


def _word(text: str) -> Scalar:
    return {"true": True, "false": False}.get(text, text)


def _number(text: str) -> Scalar:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"{text[:_MOST_DIGITS]}... is longer than any number")
    if re.fullmatch(r"-?0[0-7]+", text):
        return int(text, 8)
    try:
        return int(text, 0)
    except ValueError:
        return float(text.rstrip("fF"))


def _unquoted(literal: str) -> bytes:
    return _ESCAPE.sub(_unescaped, literal[1:-1].encode(errors="surrogateescape"))


def _unescaped(match: re.Match[bytes]) -> bytes:
    octal, hexadecimal, letter = match.groups()
    if octal is not None:
        return bytes([int(octal, 8) & 0xFF])
    if hexadecimal is not None:
        return bytes([int(hexadecimal, 16)])
    return _LETTERS.get(letter, letter)
