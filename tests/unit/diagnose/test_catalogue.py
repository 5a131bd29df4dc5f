"""The table of rules: whole, in use, shown by docs/doctor.md, and each of a code has the severity that it says."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import tfk8s.diagnose
from tests.unit.diagnose.evidences import RECORDED, findings_of, recorded
from tfk8s.diagnose import Finding, Severity
from tfk8s.diagnose.catalogue import RULES, worst_first
from tools import generate_doctor_page

ROOM = Path(inspect.getfile(tfk8s.diagnose)).parent


def words_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def codes_given(path: Path) -> Iterator[str]:
    """Codes as they are given to a finding or a rule of the log."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
            yield str(node.value.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "found" and node.args:
            yield from (str(each.value) for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant))


def test_every_code_that_is_given_is_in_the_table() -> None:
    given = {code for path in ROOM.glob("*.py") for code in codes_given(path)}

    assert given
    assert given <= {*RULES}


def test_every_rule_of_the_table_is_in_use() -> None:
    app = ROOM.parent / "app"
    used = {
        word
        for path in (*ROOM.glob("*.py"), *app.glob("doctor*.py"))
        if path.name != "catalogue.py"
        for word in words_of(path)
    }

    assert {*RULES} <= used


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDED.glob("*.yaml")))
def test_a_finding_has_the_severity_of_its_rule(name: str) -> None:
    for finding in findings_of(recorded(name)):
        assert finding.severity is RULES[finding.code].severity


def finding(code: str, *, severity: Severity = Severity.ERROR, cause: str = "c", final: bool = False) -> Finding:
    return Finding(code=code, place="p", cause=cause, fix="f", severity=severity, is_final=final)


def test_errors_come_before_warnings_final_ones_first_and_each_cause_once() -> None:
    mild, final = finding("threads", severity=Severity.WARNING), finding("crash", final=True)
    early, late = finding("quota"), finding("service-empty")

    assert worst_first((mild, late, early, final, finding("quota"))) == (final, early, late, mild)


def test_the_page_shows_the_table_as_it_is() -> None:
    text = generate_doctor_page.PAGE.read_text()

    assert generate_doctor_page.with_table(text) == text, generate_doctor_page.REMEDY
    assert all(f"| `{code}` |" in text for code in RULES)
