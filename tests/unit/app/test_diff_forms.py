"""A report as text and as Markdown, whatever is in it."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from tfk8s.app.diff_markdown import LARGEST_BYTES, MARKER, escaped, report_markdown
from tfk8s.app.diff_report import DiffReport, ReportedChange
from tfk8s.app.diff_text import report_lines, report_text
from tfk8s.manifest import ObjectRef
from tfk8s.plan import Cause, PlanWarning
from tfk8s.review import ExplainedField, Risk


def change(name: str = "x", *lines: tuple[str, Risk], action: str = "update", **fields: object) -> ReportedChange:
    ref = ObjectRef(api_version="v1", kind="ConfigMap", namespace="serving", name=name)
    explained = tuple(ExplainedField(path=".data", sentence=sentence, risk=risk) for sentence, risk in lines)
    return ReportedChange(ref=ref, action=action, reason="1 field differs", lines=explained, **fields)  # type: ignore[arg-type]


def report(*changes: ReportedChange, **fields: object) -> DiffReport:
    return DiffReport(title="a to b", changes=changes, **fields)  # type: ignore[arg-type]


def test_what_stands_in_the_way_of_a_blocked_change_is_shown() -> None:
    blocked = change(action="blocked", causes=(Cause(field=".data.x", message='conflict with "helm"'),))

    assert '  .data.x: conflict with "helm"' in report_text(report(blocked)).splitlines()
    assert "conflict with" in report_markdown(report(blocked))


def test_the_same_change_of_many_objects_is_told_once_with_all_their_names() -> None:
    same = [change(name, ("label team a to b: no restart", Risk.NONE)) for name in ("x", "y", "z")]

    text = report_text(report(*same))

    assert text.count("label team") == 1
    assert all(f"ConfigMap/{name}" in text for name in ("x", "y", "z"))


def test_the_risk_of_a_line_is_marked_for_whoever_colours_it() -> None:
    (_, line, _, total) = report_lines(report(change("x", ("clients fail", Risk.DOWNTIME)), quiet=1))

    assert (line.risk, line.mark) == (Risk.DOWNTIME, "downtime")
    assert total.text == "risk: downtime (1 downtime)"


def test_a_comment_starts_with_its_marker_and_has_the_worst_first() -> None:
    text = report_markdown(report(change("x", ("first", Risk.NONE), ("second", Risk.DATA))))

    assert text.startswith(MARKER)
    assert text.index("second") < text.index("first")


def test_a_comment_that_would_be_too_long_says_what_was_cut() -> None:
    many = [change(f"x{number}", ("a" * 400, Risk.RESTART), ("b" * 400, Risk.NONE)) for number in range(500)]
    warnings = tuple(PlanWarning(message=f"{number} " + "w" * 300, hint="h") for number in range(500))

    text = report_markdown(report(*many, warnings=warnings))

    assert len(text.encode()) <= LARGEST_BYTES
    found = re.search(r"(\d+) more changes are cut here \((\d+) restart, (\d+) none\)", text)
    assert found is not None
    shown = text.count("| update ")
    assert int(found[1]) == int(found[2]) + int(found[3]) == 1000 - shown
    assert "more remarks are cut here" in text


@given(st.text())
def test_no_text_leaves_its_cell_or_means_anything_to_markdown(text: str) -> None:
    cell = escaped(text)

    assert not set(cell) & set("|<>`*_[]@\\~\n\r")
    assert "://" not in cell


def test_the_same_report_gives_the_same_bytes() -> None:
    made = report(change("x", ("first", Risk.NONE)), notes=("models count as they are here",))

    assert report_markdown(made) == report_markdown(made)
    assert report_markdown(made).endswith("- note: models count as they are here")


UNSEEN = "a\ufeff\u200b\u202e\u2028\x1b[2J\n\x85\x9b\x7f\ud800\U000e0001"


def test_no_form_shows_a_character_that_nobody_sees_or_that_steers_a_terminal() -> None:
    blocked = change(UNSEEN, action="blocked", causes=(Cause(field=f".data.{UNSEEN}", message=UNSEEN),))
    alike = [change(f"{UNSEEN}{number}", ("label team a to b: no restart", Risk.NONE)) for number in range(3)]
    strange = report(blocked, *alike, warnings=(PlanWarning(message=UNSEEN, hint=UNSEEN),), notes=(UNSEEN,))

    text = [line.text for line in report_lines(strange)]
    markdown = report_markdown(strange).splitlines()

    assert [line for line in text if not line.isprintable()] == []
    assert [line for line in map(html.unescape, markdown) if not line.isprintable()] == []
    assert any("\\u200b\\u202e" in line for line in text)
    assert any("\\u200b\\u202e" in html.unescape(line) for line in markdown)
