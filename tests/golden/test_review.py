"""Realistic changes of a spec, and what a reviewer is told of each: text, Markdown, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.golden.conftest import Golden
from tfk8s.app.diff_markdown import report_markdown
from tfk8s.app.diff_offline import report_of
from tfk8s.app.diff_report import DiffReport
from tfk8s.app.diff_text import report_text
from tfk8s.render import render
from tfk8s.spec import load_spec

FOLDER = Path(__file__).parent / "review"
CASES = sorted(folder.name for folder in FOLDER.iterdir())


def report_of_case(name: str) -> DiffReport:
    before, after = (render(load_spec(FOLDER / name / f"{side}.yaml"), {}).manifests for side in ("before", "after"))
    return report_of(before, after, title="the spec", notes=())


@pytest.mark.parametrize("name", CASES)
def test_a_change_of_a_spec_reads_as_a_reviewer_expects(name: str, golden: Golden) -> None:
    golden.check_text(FOLDER / name / "expected.txt", report_text(report_of_case(name)) + "\n")


def test_a_comment_on_a_pull_request_is_a_table_with_the_worst_first(golden: Golden) -> None:
    name = "settings-of-the-server"
    golden.check_text(FOLDER / name / "expected.md", report_markdown(report_of_case(name)) + "\n")


def test_programs_get_every_field_with_its_sentence_and_its_risk(golden: Golden) -> None:
    name = "more-memory-and-pods"
    text = json.dumps(report_of_case(name).as_json(), indent=2, ensure_ascii=False) + "\n"
    golden.check_text(FOLDER / name / "expected.json", text)


@pytest.mark.parametrize("name", CASES)
def test_no_form_of_a_report_holds_what_a_variable_hides(name: str) -> None:
    report = report_of_case(name)

    assert "hidden" not in report_text(report) + report_markdown(report) + json.dumps(report.as_json())
