"""How parts of a model are written for people; names are readable, on one line, never in control of a terminal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tfk8s.model.info import TensorSpec
from tfk8s.names.printable import printable

_MOST_NAMES = 8
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def shown(name: str | Path) -> str:
    """Replace what is not text (undecodable bytes) and escape what is not printable (line ends, escape sequences)."""
    text = os.fsencode(name).decode("utf-8", "replace") if isinstance(name, Path) else name
    return printable(text)


def listed(names: Sequence[str]) -> str:
    """Join names with commas; beyond a handful only their count is given."""
    text = ", ".join(shown(name) for name in names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{text} and {more} more" if more > 0 else text


def shape_text(tensor: TensorSpec) -> str:
    """The shape as `saved_model_cli` writes it: -1 for an axis of any length."""
    if tensor.shape is None:
        return "unknown_rank"
    return "(" + ", ".join("-1" if axis is None else str(axis) for axis in tensor.shape) + ")"


def size_text(size_bytes: int) -> str:
    """Bytes in a unit that leaves at most four digits before the point."""
    size = float(size_bytes)
    for unit in _UNITS[:-1]:
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} {_UNITS[-1]}"
