"""What a picture shows, in words, for those who do not see it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tfk8s.names.printable import one_line
from tfk8s.pictures.ticks import number_text, seconds_text

if TYPE_CHECKING:
    from tfk8s.pictures.picture import Panel, Picture, Series


def describe(picture: Picture) -> str:
    """Return one paragraph: what each panel shows, from which to which value, and the lines through it."""
    write = seconds_text if picture.x_axis == "seconds" else number_text
    xs = [x for panel in picture.panels for series in panel.series for x in series.xs]
    reach = f", from {write(min(xs))} to {write(max(xs))}" if xs else ""
    parts = [f"Over {picture.x_label}{reach}."]
    parts += [_of_panel(panel) for panel in picture.panels]
    parts += [f"{place.name} at {write(place.x)}." for place in picture.places]
    return one_line(" ".join(parts))


def _of_panel(panel: Panel) -> str:
    shown = [_of_series(series) for series in panel.series]
    shown += [f"{mark.name} at {number_text(mark.y)}" for mark in panel.marks]
    return f"{panel.label}: {'; '.join(shown)}."


def _of_series(series: Series) -> str:
    ys = [y for y in series.ys if y is not None and math.isfinite(y)]
    if not ys:
        return f"{series.name}, without a value"
    return f"{series.name} from {number_text(min(ys))} to {number_text(max(ys))}"
