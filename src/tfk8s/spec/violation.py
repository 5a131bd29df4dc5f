"""A broken rule, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What is wrong and at which field, by the keys of the file: `("expose", "ports", 0)`."""

    path: tuple[str | int, ...]
    message: str
