"""A file is left out of a tier only when it has no test there."""

from __future__ import annotations

from tests import tiers
from tests.picking import PICKED, writes

TESTS = tiers.ROOT / "tests"


def test_the_marks_of_tiers_are_written_in_the_files_of_the_tests_themselves() -> None:
    others = [file for file in TESTS.rglob("*.py") if not file.name.startswith("test_")]
    imported = [file for file in TESTS.rglob("*.py") if "import pytestmark" in file.read_text()]

    assert others
    assert [file.name for file in others if any(writes(file.read_text(), mark=mark) for mark in PICKED)] == []
    assert imported == [TESTS / "unit/tiers/test_picking.py"]


def test_every_file_of_tests_on_a_control_plane_or_a_cluster_is_read_by_a_tier() -> None:
    files = list((TESTS / "integration").rglob("test_*.py"))

    assert files
    assert [
        file.name
        for file in files
        if not any(writes(file.read_text(), mark=mark) for mark in ("control_plane", "cluster"))
    ] == []
