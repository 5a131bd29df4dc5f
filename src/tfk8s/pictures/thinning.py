"""Fewer points that draw the same line.

The axis is cut into equal parts, about as wide as a line is thick. Of the values in one part the first, the lowest,
the highest and the last stay, in their order: every peak is drawn, and lines enter and leave each part where they did
(U. Jugel and others, "M4: A Visualization-Oriented Time Series Data Aggregation", 2014,
https://www.vldb.org/pvldb/vol7/p797-jugel.pdf). A gap stays where a part has no value at all; a shorter one would not
be seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

PARTS: Final = 600
_MOST: Final = 1e15  # beyond it a value is no figure of ours, and its arithmetic overflows


class Points(NamedTuple):
    """Values along an axis; a gap is `nan`."""

    xs: list[float]
    ys: list[float]


def points(xs: Sequence[float], ys: Sequence[float | None]) -> Points:
    """Return values with each missing, infinite or boundless one as a gap, and what is hardly anything as nothing.

    Raises:
        ValueError: There are not as many of both.
    """
    return Points(
        [float(x) for x, _ in zip(xs, ys, strict=True)],
        [_figure(y) for y in ys],
    )


def _figure(y: float | None) -> float:
    if y is None or not abs(y) <= _MOST:
        return math.nan
    return 0.0 if abs(y) < 1 / _MOST else float(y)


def thin(full: Points, *, low: float, high: float, parts: int = PARTS) -> Points:
    """Keep at most four points of each part of the axis between two values; few points stay as they are."""
    if len(full.xs) <= 4 * parts or high <= low:
        return full
    kept = Points([], [])
    scale = parts / (high - low)
    start = 0
    for end in range(1, len(full.xs) + 1):
        if end == len(full.xs) or int((full.xs[end] - low) * scale) != int((full.xs[start] - low) * scale):
            for index in _kept(full.ys, start, end):
                kept.xs.append(full.xs[index])
                kept.ys.append(full.ys[index])
            start = end
    return kept


def _kept(ys: list[float], start: int, end: int) -> list[int]:
    present = [index for index in range(start, end) if not math.isnan(ys[index])]
    if not present:
        return [start]
    lowest = min(present, key=ys.__getitem__)
    highest = max(present, key=ys.__getitem__)
    return sorted({present[0], lowest, highest, present[-1]})


def alone(some: Points) -> Points:
    """Return the values between two gaps, which no line would show."""
    ys = [math.nan, *some.ys, math.nan]
    found = [
        index
        for index in range(len(some.xs))
        if math.isnan(ys[index]) and not math.isnan(ys[index + 1]) and math.isnan(ys[index + 2])
    ]
    return Points([some.xs[index] for index in found], [some.ys[index] for index in found])
