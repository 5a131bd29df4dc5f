"""A query in a spec: not understood, but no text that could be none, and without comments.

It becomes a part of other queries, and a comment would hide what stands behind it there.
"""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

LONGEST = 4096
_TEXT_OR_COMMENT = re.compile(r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|\#[^\n]*""", re.DOTALL)
_PAIRS = {")": "(", "]": "[", "}": "{"}


def _query(text: str) -> str:
    bare = text if len(text) > LONGEST else _TEXT_OR_COMMENT.sub(lambda found: found["text"] or "", text)
    reason = _flaw(bare)
    if reason:
        raise PydanticCustomError("query", "is no PromQL: {reason}", {"reason": reason})
    return bare.strip()


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
