"""Whether a directory of models was made by the code that is here now; asked without starting TensorFlow."""

from __future__ import annotations

import hashlib
from pathlib import Path

_MARKER = ".recipe"


def is_current(directory: Path) -> bool:
    """Whether every model in `directory` comes from the present code."""
    marker = directory / _MARKER
    return marker.exists() and marker.read_text() == _digest()


def mark(directory: Path) -> None:
    """Says so, once all of them are written."""
    (directory / _MARKER).write_text(_digest())


def _digest() -> str:
    sources = sorted((Path(__file__).parent / "making").glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
