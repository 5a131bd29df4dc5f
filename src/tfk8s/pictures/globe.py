"""A map of the whole Earth: who is where, and who serves whom.

Degrees are drawn as they are (plate carrée), ways along the globe. The land is that of Natural Earth, 1:110 million
(public domain, https://www.naturalearthdata.com), its corners thinned to a quarter of a degree: `land.txt` has a ring
a line, longitude and latitude of each corner in tenths of a degree.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from tfk8s.names.printable import one_line
from tfk8s.pictures.canvas import COLOURS, GRID, INK, WIDTH_IN, add_title, drawn, shown_text
from tfk8s.pictures.ticks import number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tfk8s.pictures.picture import Form

_HEIGHT_IN: Final = 4.4
_SOUTHERNMOST: Final = -60.0
_LAND: Final = "#ececec"
_MARKERS: Final = ("o", "s", "^", "D", "v", "P")
_LARGEST_SPOT: Final = 220.0  # square points
_SMALLEST_SPOT: Final = 5.0
_MOST_WAYS: Final = 300
_MOST_SPOTS: Final = 2000
_STEPS: Final = 32  # of a way along the globe


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Something on the map.

    Attributes:
        latitude: In degrees, north is positive.
        longitude: In degrees, east is positive.
        name: Of it; may be empty.
        weight: How large it is beside others.
        server: Which of the map's servers serves it; `None`: it is one itself.
    """

    latitude: float
    longitude: float
    name: str = ""
    weight: float = 0.0
    server: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobeMap:
    """What a map shows.

    Attributes:
        title: Above it.
        caption: Below it.
        servers: With their names.
        users: Each served by one of them; their size is their weight.
        idle: Where a server could have been.
    """

    title: str
    caption: str
    servers: tuple[Spot, ...]
    users: tuple[Spot, ...]
    idle: tuple[Spot, ...] = ()


def draw_map(globe: GlobeMap, *, form: Form) -> bytes:
    """Draw a map; the same map gives the same bytes under one release of matplotlib.

    Raises:
        PreconditionError: matplotlib is not installed.
    """
    return drawn(
        lambda figure: _fill(figure, globe),
        size_in=(WIDTH_IN, _HEIGHT_IN),
        title=globe.title,
        description=_describe(globe),
        form=form,
    )


def _describe(globe: GlobeMap) -> str:
    parts = ["A map of the Earth."]
    for place, server in enumerate(globe.servers):
        served = [user for user in globe.users if user.server == place]
        weight = number_text(sum(user.weight for user in served))
        parts.append(f"{server.name} serves {len(served)} of {len(globe.users)} places, {weight} in all.")
    return one_line(" ".join([*parts, globe.caption]))


def _fill(figure: Figure, globe: GlobeMap) -> None:
    add_title(figure, globe.title)
    axes = figure.subplots()
    _draw_ground(axes)
    users = sorted(globe.users, key=lambda user: -user.weight)[:_MOST_SPOTS]
    for user in users[:_MOST_WAYS]:
        _draw_way(axes, user, globe)
    _draw_users(axes, users, globe)
    axes.scatter(
        [spot.longitude for spot in globe.idle],
        [spot.latitude for spot in globe.idle],
        s=9,
        facecolors="none",
        edgecolors="#8c8c8c",
        linewidths=0.7,
        zorder=3,
    )
    for place, server in enumerate(globe.servers):
        _draw_server(axes, server, place)
    axes.set_xlabel(shown_text(globe.caption, longest=160), fontsize=8.5)


def _draw_ground(axes: Axes) -> None:
    from matplotlib.collections import PolyCollection

    axes.set_xlim(-180, 180)
    axes.set_ylim(_SOUTHERNMOST, 85)
    axes.set_aspect("equal")
    axes.add_collection(PolyCollection(list(land_rings()), facecolors=_LAND, edgecolors="none", zorder=0))
    axes.set_xticks(range(-180, 181, 30), labels=[])
    axes.set_yticks(range(-60, 90, 30), labels=[])
    axes.tick_params(length=0)
    axes.grid(visible=True, linewidth=0.4, color=GRID)
    axes.set_axisbelow(True)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def land_rings() -> Iterator[list[tuple[float, float]]]:
    """Yield the outlines of land: longitude and latitude of each corner."""
    for line in files("tfk8s.pictures").joinpath("land.txt").read_text(encoding="ascii").splitlines():
        corners = (corner.split(",") for corner in line.split())
        yield [(int(longitude) / 10, int(latitude) / 10) for longitude, latitude in corners]


def _draw_way(axes: Axes, user: Spot, globe: GlobeMap) -> None:
    if user.server is None:
        return
    for longitudes, latitudes in _pieces(way(user, globe.servers[user.server])):
        axes.plot(longitudes, latitudes, color=_colour(user.server), linewidth=0.7, alpha=0.6, zorder=1)


def way(one: Spot, other: Spot) -> list[tuple[float, float]]:
    """Return longitude and latitude along the shortest way between two spots."""
    start, end = _vector(one), _vector(other)
    angle = math.acos(max(-1.0, min(1.0, sum(a * b for a, b in zip(start, end, strict=True)))))
    if angle < 1e-6 or math.pi - angle < 1e-6:  # in one place, or any way is the shortest
        return [(one.longitude, one.latitude), (other.longitude, other.latitude)]
    found = []
    for step in range(_STEPS + 1):
        part = step / _STEPS
        weights = math.sin((1 - part) * angle) / math.sin(angle), math.sin(part * angle) / math.sin(angle)
        x, y, z = (weights[0] * a + weights[1] * b for a, b in zip(start, end, strict=True))
        found.append((math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))))
    return found


def _vector(spot: Spot) -> tuple[float, float, float]:
    latitude, longitude = math.radians(spot.latitude), math.radians(spot.longitude)
    return math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)


def _pieces(points: list[tuple[float, float]]) -> Iterator[tuple[list[float], list[float]]]:
    """Break a way where it leaves the map on one side and comes in on the other."""
    start = 0
    for place in range(1, len(points) + 1):
        if place == len(points) or abs(points[place][0] - points[place - 1][0]) > 180:
            yield [x for x, _ in points[start:place]], [y for _, y in points[start:place]]
            start = place


def _draw_users(axes: Axes, users: list[Spot], globe: GlobeMap) -> None:
    largest = max((user.weight for user in users), default=0.0) or 1.0
    for place in range(len(globe.servers)):
        own = [user for user in users if user.server == place]
        axes.scatter(
            [user.longitude for user in own],
            [user.latitude for user in own],
            s=[max(_SMALLEST_SPOT, _LARGEST_SPOT * user.weight / largest) for user in own],
            color=_colour(place),
            alpha=0.45,
            linewidths=0,
            zorder=2,
        )


def _draw_server(axes: Axes, server: Spot, place: int) -> None:
    axes.plot(
        server.longitude,
        server.latitude,
        marker=_MARKERS[place % len(_MARKERS)],
        color=_colour(place),
        markeredgecolor=INK,
        markeredgewidth=1.0,
        markersize=8,
        zorder=4,
    )
    is_east = server.longitude > 120
    axes.annotate(
        shown_text(server.name),
        (server.longitude, server.latitude),
        xytext=(-7 if is_east else 7, 6),
        textcoords="offset points",
        ha="right" if is_east else "left",
        fontsize=9,
        fontweight="bold",
        bbox={"boxstyle": "round,pad=0.15", "facecolor": "#ffffff", "edgecolor": "none", "alpha": 0.8},
        zorder=5,
    )


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]
