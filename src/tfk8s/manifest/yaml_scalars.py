"""What a plain (unquoted) scalar means, and which plain scalars are traps because YAML readers disagree on them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+\Z")

# YAML 1.1 words that kubectl reads as a boolean and YAML 1.2 reads as text
# (https://yaml.org/type/bool.html; the "Norway problem").
_OLD_BOOLS = {word: value for value, words in ((True, "y yes on"), (False, "n no off")) for word in words.split()}
# What some reader takes for something else than the text that stands there (https://yaml.org/type/).
_TRAPS = (
    (r"[-+]?0[0-7_]+\Z", "an octal number"),
    (r"[-+]?0o[0-7_]+\Z", "an octal number"),
    (r"[-+]?0x[0-9a-fA-F_]+\Z", "a hexadecimal number"),
    (r"[-+]?0b[01_]+\Z", "a binary number"),
    (r"[-+]?\.(?:inf|Inf|INF)\Z", "infinity"),
    (r"\.(?:nan|NaN|NAN)\Z", "not-a-number"),
    (r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z", "a number in base 60"),
    (r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?\Z", "a date"),
    (r"[-+]?[0-9][0-9_]*\Z", "a number"),
    (r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?\Z", "a number"),
    (r"=\Z", "the default value of a map"),
)
_TRAP_PARTS = frozenset("0123456789abcdefABCDEFinINxo_.:+-=")
"""What all of them are made of but dates, which have a dash after the year: an amount as 4Gi is none at a look."""

_INT64 = range(-(2**63), 2**63)


class Trap(NamedTuple):
    """A plain scalar that readers of YAML understand differently."""

    text: str
    read_as: str

    def __str__(self) -> str:
        """What it would become and how to write either meaning."""
        if self.read_as in {"true", "false"}:
            meaning = f"the boolean {self.read_as}: write {self.read_as}"
        else:
            meaning = f"{self.read_as} by some readers: write plain digits"
        return f'{self.text} would be read as {meaning}, or "{self.text}" in quotes for text'


@lru_cache(maxsize=4096)  # most scalars come again in every object
def _resolve(text: str) -> str | bool | int | float | Trap | None:
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if text[0] not in "0123456789+-.=ynoYNO":  # the only first letters of numbers, dates and old booleans
        return text
    if text.lower() in _OLD_BOOLS:
        return Trap(text, "true" if _OLD_BOOLS[text.lower()] else "false")
    if _INT.match(text):
        return _integer(text)
    if _FLOAT.match(text):
        return float(text)
    if _TRAP_PARTS.issuperset(text) or text[4:5] == "-":
        for pattern, meaning in _TRAPS:
            if re.match(pattern, text):
                return Trap(text, meaning)
    return text


_SHORT = 100  # of a text that is worth remembering


def resolve(text: str) -> str | bool | int | float | Trap | None:
    """Give a plain scalar its one meaning, or the trap that it is."""
    return _resolve(text) if len(text) <= _SHORT else _resolve.__wrapped__(text)


def _integer(text: str) -> int | Trap:
    if len(text) > 20 or int(text) not in _INT64:
        return Trap(text, "a number beyond 64 bits")
    return int(text)
