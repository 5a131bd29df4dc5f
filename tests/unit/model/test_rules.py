"""docs/savedmodel.md lists every kind of finding as it is."""

from __future__ import annotations

import re
from pathlib import Path

from tfk8s.model.finding import Severity
from tfk8s.model.rules import ALL_RULES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "savedmodel.md"


def test_codes_are_unique_and_written_alike() -> None:
    codes = [rule.code for rule in ALL_RULES]

    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+[a-z0-9]*(-[a-z0-9]+)+", code) or code == "checkpoint" for code in codes)


def test_every_rule_says_what_it_means_and_what_to_do() -> None:
    for rule in ALL_RULES:
        assert rule.meaning.endswith("."), rule.code
        assert rule.remedy, rule.code
        assert not rule.remedy.endswith("."), rule.code


def test_the_page_lists_every_rule_in_order() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (\w+) \| (.+) \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert rows == [(rule.code, rule.severity.value, rule.meaning, rule.remedy) for rule in ALL_RULES]


def test_errors_are_what_keeps_a_model_from_being_served() -> None:
    notes = [rule.code for rule in ALL_RULES if rule.severity is Severity.NOTE]

    assert notes == ["version-directory-given", "operation-unused", "tensorflow-version-not-stated"]
