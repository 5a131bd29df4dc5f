from __future__ import annotations

from collections.abc import Sequence

from tfk8s.pictures import Axis, Mark, Panel, Picture, Place, Series, Style


def a_series(name: str = "p99", *, ys: Sequence[float | None] = (1.0, 2.0, 3.0), style: Style = Style.LINE) -> Series:
    """Values at 0, 1, 2 and so on."""
    return Series(name=name, xs=range(len(ys)), ys=ys, style=style)


def a_panel(*series: Series, label: str = "latency (ms)", marks: tuple[Mark, ...] = ()) -> Panel:
    """A panel of some series, or of one."""
    return Panel(label=label, series=series or (a_series(),), marks=marks)


def a_picture(
    *panels: Panel, title: str = "Latency by rate", x_axis: Axis = "number", places: tuple[Place, ...] = ()
) -> Picture:
    """A picture of some panels, or of one."""
    return Picture(
        title=title, x_label="requests a second", panels=panels or (a_panel(),), x_axis=x_axis, places=places
    )
