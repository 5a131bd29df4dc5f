"""Each thing that docs/doctor.md says is found has its rule, and the recording or the test that holds it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.unit.diagnose.evidences import RECORDED, SOUND, codes_of, recorded
from tfk8s.autoscale import troubles
from tfk8s.diagnose.catalogue import RULES
from tfk8s.rollout import fleet
from tfk8s.spec.check_codes import known_codes

ROOT: Final = Path(__file__).resolve().parents[3]
PAGE: Final = ROOT / "docs" / "doctor.md"
_BEGIN, _END = "## What is found, and how that is held", "## Rules"
_CODE: Final = re.compile(r"`([a-z0-9-]+)`")
_TEST: Final = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


class Row(NamedTuple):
    """One line of the table."""

    what: str
    rules: str
    held: str

    @property
    def codes(self) -> list[str]:
        return _CODE.findall(self.rules)

    @property
    def recordings(self) -> list[str]:
        return [name for name in _CODE.findall(self.held) if not name.startswith("tests/")]

    @property
    def tests(self) -> list[tuple[str, str]]:
        return _TEST.findall(self.held)


def rows() -> list[Row]:
    table = PAGE.read_text(encoding="utf-8").partition(_BEGIN)[2].partition(_END)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:2] == "| "]
    return [Row(*line) for line in cells[1:]]


def ids(row: Row) -> str:
    return row.what


@pytest.mark.parametrize("row", rows(), ids=ids)
def test_each_row_names_rules_that_there_are_and_what_holds_them(row: Row) -> None:
    assert row.codes
    assert row.recordings or row.tests
    for code in row.codes:
        assert code in {*RULES, *known_codes()} or code in _elsewhere(), code
    for file, name in row.tests:
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), (file, name)


@pytest.mark.parametrize("row", [row for row in rows() if row.recordings], ids=ids)
def test_what_was_recorded_has_the_finding_and_a_sound_service_has_not(row: Row) -> None:
    found = {code for name in row.recordings for code in codes_of(recorded(name))}

    assert found & {*row.codes}
    assert not {*codes_of(recorded(SOUND))} & {*row.codes}


def test_each_recorded_failure_is_in_the_table() -> None:
    named = {name for row in rows() for name in row.recordings}

    assert named == {path.stem for path in RECORDED.glob("*.yaml")} - {SOUND, "slow"}


def _elsewhere() -> set[str]:
    """Codes of `versions list` and of `autoscale why`, as their rooms write them."""
    texts = (Path(str(module.__file__)).read_text(encoding="utf-8") for module in (troubles, fleet))
    return {code for text in texts for code in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', text)}
