"""Pictures of panels over one axis, drawn with matplotlib. Series differ in their dashes too, not by colour alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from typing_extensions import assert_never

from tfk8s.pictures.canvas import COLOURS, INK, LONGEST_TITLE, WIDTH_IN, add_title, drawn, shown_text
from tfk8s.pictures.description import describe
from tfk8s.pictures.picture import Style
from tfk8s.pictures.thinning import Points, alone, points, thin
from tfk8s.pictures.ticks import number_text, seconds_text, seconds_ticks

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tfk8s.pictures.picture import Form, Mark, Panel, Picture, Series

_DASHES: Final = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))
_MARKERS: Final = ("o", "s", "^", "D", "v", "P")
_MARKED_POINTS: Final = 40  # up to so many, each value is marked, not only the line between them
_PANEL_IN: Final = (2.1, 1.7)  # of few panels, and of more than three
_AROUND_IN: Final = 1.1
_LEGEND_CHARACTERS: Final = 105  # of a row above a panel
_UPRIGHT_CHARACTERS: Final = 14


class _Look(NamedTuple):
    colour: str
    dashes: str | tuple[float, tuple[float, ...]]
    marker: str


def draw(picture: Picture, *, form: Form) -> bytes:
    """Draw a picture; the same picture gives the same bytes under one release of matplotlib.

    Raises:
        PreconditionError: matplotlib is not installed.
    """
    height = _AROUND_IN + _PANEL_IN[len(picture.panels) > 3] * len(picture.panels)
    return drawn(
        lambda figure: _fill(figure, picture),
        size_in=(WIDTH_IN, height),
        title=picture.title,
        description=describe(picture),
        form=form,
    )


def _fill(figure: Figure, picture: Picture) -> None:
    add_title(figure, picture.title)
    rows = figure.subplots(len(picture.panels), 1, sharex=True, squeeze=False)
    panels: list[Axes] = [row[0] for row in rows]
    looks = _looks(picture)
    xs = [x for panel in picture.panels for series in panel.series for x in series.xs]
    xs += [place.x for place in picture.places]
    low, high = (min(xs), max(xs)) if xs else (0.0, 1.0)
    for axes, panel in zip(panels, picture.panels, strict=True):
        handles = _fill_panel(axes, panel, looks=looks, low=low, high=high)
        for place in picture.places:
            line = axes.axvline(place.x, color=INK, linewidth=1.1, linestyle=(0, (1, 2)))
            if axes is panels[0]:
                handles.append((place.name, line))
        _add_legend(axes, handles)
    _set_shared(panels[-1], picture, low=low, high=high)


def _looks(picture: Picture) -> dict[str, _Look]:
    """Give each name of a series one look in all panels; no two of the first panel that shows them share dashes."""
    looks: dict[str, _Look] = {}
    for panel in picture.panels:
        for place, series in enumerate(panel.series):
            number = len(looks)
            looks.setdefault(
                series.name,
                _Look(
                    colour=COLOURS[number % len(COLOURS)],
                    dashes=_DASHES[place % len(_DASHES)],
                    marker=_MARKERS[number % len(_MARKERS)],
                ),
            )
    return looks


def _fill_panel(
    axes: Axes, panel: Panel, *, looks: dict[str, _Look], low: float, high: float
) -> list[tuple[str, Artist]]:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    handles: list[tuple[str, Artist]] = []
    values: list[float] = [mark.y for mark in panel.marks]
    for series in panel.series:
        # Axes without any point would not be laid out.
        shown = thin(points(series.xs or (low,), series.ys or (None,)), low=low, high=high)
        values += [y for y in shown.ys if not math.isnan(y)]
        handles.append((series.name, _draw_series(axes, series, shown=shown, look=looks[series.name])))
    handles += [(mark.name, _draw_mark(axes, mark)) for mark in panel.marks]
    if panel.is_logarithmic and any(value > 0 for value in values):
        axes.set_yscale("log", nonpositive="mask")
        axes.yaxis.set_major_locator(LogLocator(subs=_subdivisions(values), numticks=8))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=all(value == int(value) for value in values)))
        axes.set_ylim(*_reach(values if panel.reaches is None else [*values, panel.reaches]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number_text(value)))
    axes.set_ylabel(_upright(panel.label))
    axes.grid(visible=True, which="major")
    axes.set_axisbelow(True)
    if not values:
        axes.text(0.5, 0.5, "no values", transform=axes.transAxes, ha="center", va="center")
    return handles


def _draw_mark(axes: Axes, mark: Mark) -> Artist:
    return axes.axhline(mark.y, color=INK, linewidth=1.3, linestyle=(0, (4, 2)))


def _subdivisions(values: list[float]) -> tuple[float, ...]:
    """Ticks within each power of ten, where there are few powers."""
    positive = [value for value in values if value > 0]
    return (1.0, 2.0, 5.0) if max(positive) / min(positive) < 1000 else (1.0,)


def _reach(values: list[float]) -> tuple[float, float]:
    """From nothing, so that heights compare, to a little above the highest."""
    high, low = max(values, default=0.0), min(values, default=0.0)
    span = max(high, 0.0) - min(low, 0.0)
    if not span:
        return 0.0, 1.0
    return (min(low, 0.0) - (0.06 * span if low < 0 else 0.0)), max(high, 0.0) + 0.06 * span


def _draw_series(axes: Axes, series: Series, *, shown: Points, look: _Look) -> Artist:
    is_marked = len(shown.xs) <= _MARKED_POINTS
    single = alone(shown)
    if single.xs and not is_marked and series.style is not Style.POINTS:
        axes.plot(*single, color=look.colour, linestyle="", marker=".", markersize=3)
    how: dict[str, Any] = {"color": look.colour, "linestyle": look.dashes}
    match series.style:
        case Style.LINE:
            marker = look.marker if is_marked else ""
            return axes.plot(*shown, **how, linewidth=1.7, marker=marker, markersize=4.5, clip_on=not is_marked)[0]
        case Style.STEPS:
            return axes.plot(*shown, **how, linewidth=1.7, drawstyle="steps-post")[0]
        case Style.AREA:
            axes.fill_between(*shown, color=look.colour, alpha=0.25, linewidth=0)
            return axes.plot(*shown, **how, linewidth=1.2)[0]
        case Style.POINTS:
            return axes.plot(*shown, color=look.colour, linestyle="", marker=look.marker, markersize=4)[0]
        case _:
            assert_never(series.style)


def _add_legend(axes: Axes, handles: list[tuple[str, Artist]]) -> None:
    names = [shown_text(name) for name, _ in handles]
    legend = axes.legend(
        handles=[handle for _, handle in handles],
        labels=[f"\u200b{name}" if name.startswith("_") else name for name in names],
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=_columns([len(name) + 8 for name in names]),  # with its line
        frameon=False,
        fontsize=9,
        borderaxespad=0.2,
        columnspacing=1.4,
        handlelength=2.6,
    )
    legend.set_in_layout(True)


def _columns(widths: list[int]) -> int:
    """One row where all fit beside each other, else as many columns as the widest allows."""
    if sum(widths) <= _LEGEND_CHARACTERS:
        return max(1, len(widths))
    return max(1, _LEGEND_CHARACTERS // max(widths))


def _set_shared(axes: Axes, picture: Picture, *, low: float, high: float) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter

    axes.set_xlabel(shown_text(picture.x_label, longest=LONGEST_TITLE))
    margin = 0.0 if picture.x_axis == "seconds" and high > low else 0.03 * (high - low) or 1.0
    axes.set_xlim(low - margin, high + margin)
    if picture.x_axis == "seconds":
        axes.xaxis.set_major_locator(FixedLocator(seconds_ticks(low, high)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: seconds_text(value)))
    else:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number_text(value)))


def _upright(label: str) -> str:
    """Put the unit onto a line of its own where both together are longer than a panel is high."""
    line = shown_text(label)
    return line if len(line) <= _UPRIGHT_CHARACTERS else line.replace(" (", "\n(", 1)
