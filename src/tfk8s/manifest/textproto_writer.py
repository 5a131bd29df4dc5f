"""Writing the text form of protocol buffers, as far as the model server's configuration files need it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias, Union

_PLAIN = frozenset(range(0x20, 0x7F)) - {ord('"'), ord("\\")}
_ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


class Word(NamedTuple):
    """A bare word: the name of an enum's value."""

    text: str


Scalar: TypeAlias = Union[bool, int, float, str, Word]
Value: TypeAlias = Union[Scalar, "Message"]
Message: TypeAlias = Sequence[tuple[str, Value]]
"""Fields in order; a repeated field or the entry of a map stands once for each of its values."""


def write(message: Message) -> str:
    """Write the fields of a message, one a line, nested messages in braces."""
    return "".join(f"{line}\n" for line in _lines(message))


def _lines(message: Message) -> Iterator[str]:
    for name, value in message:
        if isinstance(value, (bool, int, float, str, Word)):
            yield f"{name}: {_scalar(value)}"
        else:
            yield f"{name} {{"
            yield from (f"  {line}" for line in _lines(value))
            yield "}"


def _scalar(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Word):
        return value.text
    return quote(value) if isinstance(value, str) else repr(value)


def quote(text: str) -> str:
    """Write a string literal: ASCII alone, every other byte of its UTF-8 as three octal digits."""
    return '"' + "".join(_byte(byte) for byte in text.encode()) + '"'


def _byte(byte: int) -> str:
    if byte in _PLAIN:
        return chr(byte)
    return _ESCAPES.get(byte, f"\\{byte:03o}")
