"""What a picture shows: panels below each other over one axis."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Form: TypeAlias = Literal["svg", "png"]
Axis: TypeAlias = Literal["number", "seconds"]
"""How values of the shared axis are written; seconds as minutes, hours or days where they are many."""


class Style(enum.Enum):
    """How a series is drawn."""

    LINE = "line"
    STEPS = "steps"  # holds from each value to the next
    AREA = "area"
    POINTS = "points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One row of values.

    Attributes:
        name: In the legend.
        xs: Along the shared axis, rising.
        ys: As many; `None` is a gap.
        style: How it is drawn.
    """

    name: str
    xs: Sequence[float]
    ys: Sequence[float | None]
    style: Style = Style.LINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A horizontal line at a value, such as an objective or a bound."""

    name: str
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An upright line through every panel at a value of the shared axis, such as the knee or a change."""

    name: str
    x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Series with one unit.

    Attributes:
        label: Of the upright axis, with its unit, as in "latency (ms)".
        series: At least one. Those of one name have one colour in every panel of a picture.
        marks: Lines across.
        is_logarithmic: Whether the upright axis is.
        reaches: The upright axis goes at least so high, so that two panels may have one scale; `None`: as its values.
    """

    label: str
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()
    is_logarithmic: bool = False
    reaches: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Panels below each other.

    Attributes:
        title: Above them.
        x_label: Of the shared axis.
        panels: From top to bottom, at least one.
        x_axis: How its values are written.
        places: Lines through all of them.
    """

    title: str
    x_label: str
    panels: tuple[Panel, ...]
    x_axis: Axis = "number"
    places: tuple[Place, ...] = ()
