"""A broken rule, as a value."""

from __future__ import annotations

from typing import NamedTuple


class Violation(NamedTuple):
    """What is wrong and at which field, by the keys of the file: `("expose", "ports", 0)`."""

    path: tuple[str | int, ...]
    message: str
