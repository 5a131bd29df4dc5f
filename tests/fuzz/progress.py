"""What libFuzzer writes about a run."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_LINE: Final = re.compile(
    r"^#(?P<executions>[0-9]+)\t.* cov: (?P<edges>[0-9]+) .*corp: (?P<corpus>[0-9]+)/.* rss: (?P<peak>[0-9]+)Mb",
    re.MULTILINE,
)


class Progress(NamedTuple):
    """How far a process got: inputs tried, edges of code reached, inputs that reached one first, memory."""

    executions: int
    edges: int
    corpus: int
    peak_mib: int


def progress_of(log: str) -> Progress:
    """Of the last line that says it, and the most memory of all."""
    lines = list(_LINE.finditer(log))
    if not lines:
        return Progress(0, 0, 0, 0)
    last = lines[-1]
    peak = max(int(line["peak"]) for line in lines)
    return Progress(int(last["executions"]), int(last["edges"]), int(last["corpus"]), peak)
