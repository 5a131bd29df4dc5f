"""What pods serve and what is wrong with it, as text; in red what does not end by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tfk8s.app.fleet_look import Look


def finding_text(look: Look) -> Iterator[str]:
    """What is wrong, the first line of each in colour: red for a failure, yellow for what passes."""
    from tfk8s.app.fleet_report import finding_lines

    passing = [finding for finding in look.findings if finding.is_passing]
    for colour, found in (("red", look.failures), ("yellow", passing)):
        for line in finding_lines(found):
            yield line if line.startswith(" ") else click.style(line, fg=colour)
