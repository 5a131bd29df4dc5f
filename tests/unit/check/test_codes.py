"""The codes in the source, in the table and on the page are the same."""

from __future__ import annotations

import re
from pathlib import Path

from tfk8s.spec.check_codes import CHECK_CODES, SECTIONS

_ROOT = Path(__file__).resolve().parents[3]
_LEVELS = {"wrong": "error", "doubtful": "warning", "noted": "note"}


def _in_source() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for file in (_ROOT / "src" / "tfk8s" / "check").glob("*.py"):
        for function, code in re.findall(r"\b(wrong|doubtful|noted)\(\s*\"([a-z-]+)\"", file.read_text("utf-8")):
            found.setdefault(code, set()).add(_LEVELS[function])
    for file in (_ROOT / "src" / "tfk8s" / "render").glob("*.py"):
        for code in re.findall(r"code=\"([a-z-]+)\"", file.read_text("utf-8")):
            found.setdefault(code, set()).add("warning")
    return found


def test_every_code_of_a_check_or_a_rendering_is_in_the_table_with_its_one_level() -> None:
    told_elsewhere = {"spec", "manifest", "schema", "schema-unknown-kind"}
    table = {entry.code: {entry.level} for entry in CHECK_CODES.values() if entry.code not in told_elsewhere}

    assert _in_source() == table


def test_each_code_stands_once() -> None:
    codes = [entry.code for section in SECTIONS.values() for entry in section]

    assert len(codes) == len(set(codes))


def test_the_page_lists_every_code_in_order() -> None:
    text = (_ROOT / "docs" / "checks.md").read_text("utf-8")
    sections = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    row = re.compile(r"^\| `([a-z-]+)`( \*)? \| (\w+) \| (.+) \| (.+) \|$", re.MULTILINE)

    assert {part.partition("\n")[0]: row.findall(part) for part in sections} == {
        title: [
            (entry.code, " *" if entry.stays_because else "", entry.level, entry.meaning, entry.remedy)
            for entry in entries
        ]
        for title, entries in SECTIONS.items()
    }


def test_every_code_says_what_it_means_and_what_to_do() -> None:
    for entry in CHECK_CODES.values():
        assert entry.meaning.endswith("."), entry.code
        assert entry.remedy, entry.code
        assert not entry.remedy.endswith("."), entry.code
