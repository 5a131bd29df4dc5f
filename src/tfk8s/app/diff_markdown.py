"""What `diff` found, as Markdown for a comment on a pull request: a table, worst first, no longer than one holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tfk8s.app.diff_report import DiffReport, ReportedChange
from tfk8s.names.printable import one_line
from tfk8s.review import Risk

MARKER = "<!-- tfk8s diff -->"
"""First line of every comment, for whoever wants to find an earlier one again."""

LARGEST_BYTES = 65_000
"""GitHub takes 65,536 characters; a few are left for the line that says what was cut."""

_SPECIAL = re.compile(r"[^\w \-./,:=+%'\"();?–…]|_|://")
_CUT = "are cut here"
_Row = tuple[Risk, str]


def report_markdown(report: DiffReport) -> str:
    """The comment; the same report gives the same bytes. What does not fit is counted in the last line."""
    head = [MARKER, f"### tfk8s diff: {escaped(report.title)}", "", _summary(report), ""]
    if report.cost is not None:
        head += [f"**Cost**: {escaped(str(report.cost))}", ""]
    rows = sorted((row for change in report.pending for row in _rows(change)), key=lambda row: row[0], reverse=True)
    tail = [f"- {escaped(note)}" for note in _remarks(report)]
    if rows:
        head += ["| Risk | Object | Change |", "|---|---|---|"]
    return _within([*head], rows, [*([""] if tail else []), *tail])


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no link, no mention, no end of a cell, nothing unseen."""
    return _SPECIAL.sub(lambda match: "".join(f"&#{ord(char)};" for char in match.group()), one_line(text))


def _summary(report: DiffReport) -> str:
    if not report.pending:
        return f"Nothing changes; {report.unchanged} objects stay as they are."
    counts = ", ".join(f"{count} {risk.value}" for risk, count in report.counts.items())
    told = f" ({counts})" if counts else ""
    objects = f"{len(report.pending)} objects change, {report.unchanged} stay as they are"
    return f"**Risk: {report.risk.value}**{told}. {objects}."


def _rows(change: ReportedChange) -> Iterator[_Row]:
    place = f"{escaped(change.place)}{escaped(change.action)} {escaped(str(change.ref))}"
    for line in change.lines:
        yield line.risk, f"| {line.risk.value} | {place} | {escaped(line.sentence)} |"
    if not change.lines:
        reasons = " ".join([change.reason, *(str(cause) for cause in change.causes)])
        yield change.risk, f"| {change.risk.value} | {place} | {escaped(reasons)} |"


def _remarks(report: DiffReport) -> Iterator[str]:
    for warning in report.warnings:
        yield f"warning: {warning.message} ({warning.hint})"
    for note in report.notes:
        yield f"note: {note}"


def _within(head: Sequence[str], rows: Sequence[_Row], tail: Sequence[str]) -> str:
    """As many rows as fit, and as many remarks as fit into a fourth of the whole."""
    remarks = _fitting(tail, LARGEST_BYTES // 4)
    kept = len(_fitting([row for _, row in rows], LARGEST_BYTES - _size([*head, *remarks]) - _size([_CUT * 4])))
    lines = [*head, *(row for _, row in rows[:kept])]
    if kept < len(rows):
        cut = Counter(risk for risk, _ in rows[kept:])
        counts = ", ".join(f"{cut[risk]} {risk.value}" for risk in reversed(Risk) if cut[risk])
        lines += ["", f"{len(rows) - kept} more changes {_CUT} ({counts}); `tfk8s diff` shows them all."]
    lines += remarks
    if len(remarks) < len(tail):
        lines.append(f"- {len(tail) - len(remarks)} more remarks {_CUT}.")
    return "\n".join(lines)


def _fitting(lines: Sequence[str], budget: int) -> list[str]:
    kept = list[str]()
    for line in lines:
        budget -= _size([line])
        if budget < 0:
            break
        kept.append(line)
    return kept


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)
