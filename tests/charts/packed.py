"""The chart as an operator gets it: packed, under its own version or another."""

from __future__ import annotations

from pathlib import Path

from tests.testbed import gitops
from tools import pack_chart

FROZEN = Path(__file__).parent / "frozen"
"""Archives of earlier states of the chart, kept as they were packed."""


def packed_chart(destination: Path, *, version: str | None = None) -> Path:
    """Pack the chart of this work tree; helm is built if need be."""
    gitops.ensure_programs()
    return pack_chart.pack(destination=destination, helm=gitops.program("helm"), version=version)
