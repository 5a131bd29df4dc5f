"""Round trips that others measured and published."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from tfk8s.placement import Position, distance_km

FOLDER = Path(__file__).parent


def measured(name: str, positions: Mapping[str, Position]) -> list[tuple[float, float]]:
    """Distance in kilometres and measured milliseconds of each pair."""
    lines = (line for line in (FOLDER / name).read_text().splitlines() if not line.startswith("#"))
    return [
        (distance_km(positions[row["one"]], positions[row["other"]]), float(row["ms"])) for row in csv.DictReader(lines)
    ]
