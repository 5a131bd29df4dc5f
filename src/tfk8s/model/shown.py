"""How names from a disk or from inside a model are written: readable, on one line, never in control of a terminal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

_MOST_NAMES = 8


def shown(name: str | Path) -> str:
    """Replace what is not text (undecodable bytes) and escape what is not printable (line ends, escape sequences)."""
    text = os.fsencode(name).decode("utf-8", "replace") if isinstance(name, Path) else name
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "replace").decode("ascii")
        for character in text
    )


def listed(names: Sequence[str]) -> str:
    """Join names with commas; beyond a handful only their count is given."""
    text = ", ".join(shown(name) for name in names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{text} and {more} more" if more > 0 else text
