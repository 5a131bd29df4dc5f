"""What `diff` found, as lines for a terminal or a pipe; whoever writes them may colour each by its risk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfk8s.app.diff_report import DiffReport, ReportedChange
from tfk8s.names.printable import one_line
from tfk8s.plan import Action
from tfk8s.review import Risk

_WIDTH = max(len(risk.value) for risk in Risk)
_ALIKE = 3
"""So many objects that change in the same way are told together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line; `mark` is the part of it that has the colour of its risk."""

    text: str
    risk: Risk | None = None
    mark: str = ""


def report_lines(report: DiffReport) -> Iterator[Line]:
    """Each pending change with its reason and its fields, then the rest in a line, then the whole risk."""
    for group in _groups(report):
        yield from _change(group)
    if report.unchanged:
        total = report.unchanged + len(report.pending)
        yield Line(text=f"{Action.UNCHANGED.value}: {report.unchanged} of {total} objects")
    if report.counts:
        counts = ", ".join(f"{count} {risk.value}" for risk, count in report.counts.items())
        yield Line(text=f"risk: {report.risk.value} ({counts})", risk=report.risk, mark=report.risk.value)
    if report.cost is not None:
        yield Line(text=one_line(f"cost: {report.cost}"))
    for note in report.notes:
        yield Line(text=f"note: {one_line(note)}")
    if not report.pending and not report.unchanged:
        yield Line(text="no objects")


def report_text(report: DiffReport) -> str:
    """The lines without colours."""
    return "\n".join(line.text for line in report_lines(report))


def _groups(report: DiffReport) -> list[list[ReportedChange]]:
    """Changes alike, such as the same label on every object, at the place of the first of them."""
    alike: dict[object, list[ReportedChange]] = {}
    for change in report.pending:
        sentences = tuple(line.sentence for line in change.lines)
        key = (
            (change.action, sentences)
            if change.action == Action.UPDATE.value and sentences
            else (change.region, change.ref)
        )
        alike.setdefault(key, []).append(change)
    return [
        part for group in alike.values() for part in ([group] if len(group) >= _ALIKE else [[one] for one in group])
    ]


def _change(group: list[ReportedChange]) -> Iterator[Line]:
    first = group[0]
    if len(group) == 1:
        yield Line(text=one_line(f"{first.place}{first.action} {first.ref}: {first.reason}"))
    else:
        yield Line(text=one_line(f"{first.action} {len(group)} objects, {first.reason}:"))
        yield from (Line(text=one_line(f"  {change.place}{change.ref}")) for change in group)
    yield from (Line(text=one_line(f"  {cause}")) for cause in first.causes)
    for line in first.lines:
        yield Line(text=f"  {line.risk.value:<{_WIDTH}}  {line.sentence}", risk=line.risk, mark=line.risk.value)
