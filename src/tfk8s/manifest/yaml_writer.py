"""Canonical writing of YAML: block style, keys in the order given, no folding, one way to write each value.

What is written is read back as the same value by this room's reader, by PyYAML (YAML 1.1) and by kubectl.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from tfk8s.errors import InputError
from tfk8s.manifest.objects import JsonValue
from tfk8s.manifest.yaml_document import Path, path_text
from tfk8s.manifest.yaml_scalars import resolve

Comments: TypeAlias = Mapping[Path, str]
"""Path of a field to the comment above it; `\\n` separates lines. () is the head of the document."""

# Starts with a letter, so that no reader sees a number, a date or an indicator.
_SAFE = re.compile(r"[A-Za-z](?:[A-Za-z0-9_./-]*[A-Za-z0-9])?\Z")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_SHORT = 100  # of a text that is worth remembering
_MAX_KEY = 1000  # YAML readers look 1024 characters ahead for the colon of a key
_INT64 = range(-(2**63), 2**63)


def dump(value: JsonValue, *, comments: Comments | None = None) -> str:
    """Write one document.

    Args:
        value: plain data; maps are written in their own order (sort before, where order has no meaning).
        comments: for example `{("spec", "replicas"): "set by the autoscaler"}`; each becomes `# ...` lines
            directly above the field, at its indentation. Comments never change what is read.

    Returns:
        the text, ending in a line end. Texts of several lines that survive it become literal blocks (`|`).

    Raises:
        InputError: a value that YAML or JSON cannot hold (nan, half a surrogate pair, a number beyond 64 bits).
        ValueError: a comment's path is not in the value.
    """
    writer = _Writer(notes=dict(comments or {}))
    writer.document(value)
    if writer.notes:
        raise ValueError(f"no field for the comment at {path_text(next(iter(writer.notes)))}")
    return "\n".join(writer.lines) + "\n"


def scalar(value: JsonValue) -> str:
    """Write a scalar, or an empty map or list, on one line; without a line end.

    Raises:
        InputError: as `dump`.
    """
    return _scalar(value, ())


def dump_documents(values: Iterable[JsonValue]) -> str:
    """Write several documents, `---` between them."""
    return "---\n".join(dump(value) for value in values)


class _Writer:
    """Gathers the lines of one document; `notes` are the comments that have not found their field yet."""

    def __init__(self, *, notes: dict[Path, str]) -> None:
        self.notes = notes
        self.lines: list[str] = []

    def document(self, value: JsonValue) -> None:
        self._comment((), "")
        if isinstance(value, (dict, list)) and value:
            self._block(value, (), "")
        else:
            self.lines.append(_scalar(value, ()))

    def _block(self, value: JsonValue, path: Path, indent: str) -> None:
        """A map or list that is not empty."""
        if isinstance(value, dict):
            for key, item in value.items():
                self._entry(key, item, (*path, key), indent)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self._item(item, (*path, index), indent)

    def _entry(self, key: str, item: JsonValue, path: Path, indent: str) -> None:
        self._comment(path, indent)
        lead = f"{indent}{_key(key, path)}:"
        if isinstance(item, (dict, list)) and item:
            self.lines.append(lead)
            self._block(item, path, indent + "  " if isinstance(item, dict) else indent)
        else:
            self._inline(item, path, indent=indent, lead=lead)

    def _item(self, item: JsonValue, path: Path, indent: str) -> None:
        self._comment(path, indent)
        if not (isinstance(item, (dict, list)) and item):
            self._inline(item, path, indent=indent, lead=f"{indent}-")
            return
        at = len(self.lines)
        self._block(item, path, indent + "  ")
        start = len(indent) + 2
        while self.lines[at].startswith("#", start):  # the comment of an item's first field stands above the dash
            self.lines[at] = indent + self.lines[at][start:]
            at += 1
        self.lines[at] = f"{indent}- {self.lines[at][start:]}"

    def _comment(self, path: Path, indent: str) -> None:
        text = self.notes.pop(path, None) if self.notes else None
        for line in text.split("\n") if text is not None else ():
            shown = "".join(char if char.isprintable() else _escape(char) for char in line).rstrip()
            self.lines.append(f"{indent}# {shown}" if shown else f"{indent}#")

    def _inline(self, value: JsonValue, path: Path, *, indent: str, lead: str) -> None:
        """A scalar, or an empty map or list, behind `lead`: a key with its colon, or a dash."""
        if isinstance(value, str) and "\n" in value and _is_literal(value):
            self.lines.append(f"{lead} |" if value.endswith("\n") else f"{lead} |-")
            body = value.removesuffix("\n").split("\n")
            self.lines += [f"{indent}  {line}" if line else line for line in body]
        else:
            self.lines.append(f"{lead} {_scalar(value, path)}")


def _scalar(value: JsonValue, path: Path) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if value not in _INT64:
            raise InputError(f"{path_text(path)}: {value} is beyond 64 bits", hint="write it as text")
        return str(value)
    if isinstance(value, float):
        return _float(value, path)
    if isinstance(value, str):
        return _string(value, path)
    return "{}" if isinstance(value, dict) else "[]"


def _float(value: float, path: Path) -> str:
    if not math.isfinite(value):
        raise InputError(f"{path_text(path)}: {value} has no place in a manifest", hint="write a finite number")
    digits = format(Decimal(repr(value)), "f")
    return digits if "." in digits else digits + ".0"


def _key(key: str, path: Path) -> str:
    text = _string(key, path)
    if len(text) * 4 > _MAX_KEY and len(text.encode()) > _MAX_KEY:
        raise InputError(
            f"a key of {len(key)} characters is longer than YAML readers accept",
            hint=f"shorten it to at most {_MAX_KEY} bytes",
            details=(key[:60],),
        )
    return text


def _string(value: str, path: Path) -> str:
    text = _text(value) if len(value) <= _SHORT else _text.__wrapped__(value)
    if text is None:
        raise InputError(
            f"{path_text(path)}: half of a surrogate pair has no place in a text file",
            hint="write the character itself",
        )
    return text


@lru_cache(maxsize=4096)  # keys and most values come again in every object
def _text(value: str) -> str | None:
    """As it is, where no reader misunderstands it, else in double quotes; None when no file can hold it."""
    if _SAFE.match(value) and isinstance(resolve(value), str):
        return value
    if any("\ud800" <= char <= "\udfff" for char in value):
        return None
    return '"' + "".join(_escape(char) if _must_escape(char) else char for char in value) + '"'


def _must_escape(char: str) -> bool:
    return char in _ESCAPES or not char.isprintable()


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _is_literal(value: str) -> bool:
    """Whether a literal block holds this text verbatim for every reader and shows all of it to a person."""
    body = value.removesuffix("\n")
    if "\n" not in body or body[0] in " \n" or body.endswith("\n"):
        return False
    return all(line.isprintable() and not line.endswith(" ") for line in body.split("\n"))
