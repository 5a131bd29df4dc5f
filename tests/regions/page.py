"""The table of a run, for docs/regions.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BEGIN: Final = "<!-- measured: python -m tests.regions --write -->\n"
_END: Final = "<!-- end of measured -->\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What happened, and what requests saw of it.

    Attributes:
        what: happened.
        outcome: as the commands told it.
        seconds: it took.
        sent: requests that left meanwhile.
        failed: of them.
        slowest_s: of those that were answered; the slowest.
    """

    what: str
    outcome: str
    seconds: float
    sent: int | None = None
    failed: int | None = None
    slowest_s: float | None = None


def table(phases: list[Phase]) -> str:
    """As Markdown."""
    lines = ["| Phase | Outcome | Seconds | Requests sent | Failed | Slowest answer |", "|---|---|---:|---:|---:|---:|"]
    for phase in phases:
        asked = ("", "", "")
        if phase.sent is not None:
            asked = (str(phase.sent), str(phase.failed), f"{phase.slowest_s or 0.0:.2f} s")
        lines.append(f"| {phase.what} | {phase.outcome} | {phase.seconds:.0f} | {' | '.join(asked)} |")
    sent = sum(phase.sent or 0 for phase in phases)
    failed = sum(phase.failed or 0 for phase in phases)
    lines.append(f"| **All** | | | {sent} | {failed} | |")
    return "\n".join(lines) + "\n"


def write(file: Path, text: str) -> None:
    """Put the table between its marks.

    Raises:
        ValueError: the page has no marks.
    """
    before, begin, rest = file.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{file} has no place for the table")
    file.write_text(f"{before}{begin}\n{text}\n{end}{after}")
