"""pytest plugin: a run of one mark, as `-m cluster`, reads only the files that write `mark.cluster`.

Each worker reads every file of its tier, and most have nothing to run there. That no file takes such a mark from
elsewhere is tested in `tests/unit/tiers/test_picking.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

PICKED: Final = ("timed", "control_plane", "cluster")
"""Marks that a test file writes itself: at a test, or in `pytestmark`."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a file that does not write the one mark that is asked for."""
    mark = str(config.option.markexpr)
    is_file = collection_path.suffix == ".py" and collection_path.name.startswith("test_")
    return True if is_file and mark in PICKED and not writes(collection_path.read_text(), mark=mark) else None


def writes(text: str, *, mark: str) -> bool:
    """Whether the text of a file holds a mark."""
    return f"pytest.mark.{mark}" in text
