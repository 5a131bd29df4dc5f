"""Positions on the globe and the distance between them."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

EARTH_RADIUS_KM: Final = 6371.0088
"""Mean radius of the Earth (IUGG); a sphere is at most 0.6 % off the real distance."""


class Position(NamedTuple):
    """In degrees: north and east are positive."""

    latitude: float
    longitude: float


def distance_km(one: Position, other: Position) -> float:
    """Return the length of the shortest way along the globe, by the haversine formula."""
    latitudes = math.radians(one.latitude), math.radians(other.latitude)
    apart = math.radians(other.longitude - one.longitude)
    chord = (
        math.sin((latitudes[1] - latitudes[0]) / 2) ** 2
        + math.cos(latitudes[0]) * math.cos(latitudes[1]) * math.sin(apart / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))
