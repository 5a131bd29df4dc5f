"""A query in a spec: not understood, but no text that could be none."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

LONGEST = 4096
_PAIRS = {")": "(", "]": "[", "}": "{"}


def _query(text: str) -> str:
    reason = _flaw(text)
    if reason:
        raise PydanticCustomError("query", "is no PromQL: {reason}", {"reason": reason})
    return text.strip()


def _flaw(text: str) -> str | None:
    """What makes it unreadable to every Prometheus: nothing in it, brackets or quotes that do not end."""
    if not text.strip():
        return "it is empty"
    if len(text) > LONGEST:
        return f"it has more than {LONGEST} characters"
    opened: list[str] = []
    quote, is_escaped = "", False
    for char in text:
        if quote:
            quote = "" if char == quote and not is_escaped else quote
            is_escaped = char == "\\" and not is_escaped and quote != "`"
        elif char in "'\"`":
            quote, is_escaped = char, False
        elif char in _PAIRS.values():
            opened.append(char)
        elif char in _PAIRS and (not opened or opened.pop() != _PAIRS[char]):
            return f"{char} closes nothing"
    if quote:
        return f"a text that begins with {quote} does not end"
    return f"{opened[-1]} is not closed" if opened else None


PromQl: TypeAlias = Annotated[str, AfterValidator(_query)]
