from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.placement import REGIONS, Position, distance_km
from tfk8s.placement.globe import EARTH_RADIUS_KM

positions = st.builds(Position, st.floats(-90, 90), st.floats(-180, 180))
BERLIN, PARIS = Position(52.52, 13.405), Position(48.8566, 2.3522)
NEW_YORK, LONDON = Position(40.7128, -74.006), Position(51.5074, -0.1278)


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        (BERLIN, PARIS, 877),
        (NEW_YORK, LONDON, 5570),
        (Position(0, 0), Position(0, 90), math.pi / 2 * EARTH_RADIUS_KM),
        (Position(90, 0), Position(-90, 0), math.pi * EARTH_RADIUS_KM),
        (Position(0, 179), Position(0, -179), math.radians(2) * EARTH_RADIUS_KM),
    ],
)
def test_the_distance_is_that_along_the_globe(one: Position, other: Position, km: float) -> None:
    assert distance_km(one, other) == pytest.approx(km, rel=2e-3)


@given(one=positions, other=positions)
def test_a_distance_is_the_same_there_and_back_and_at_most_half_the_globe(one: Position, other: Position) -> None:
    there = distance_km(one, other)

    assert there == pytest.approx(distance_km(other, one), abs=1e-6)
    assert 0 <= there <= math.pi * EARTH_RADIUS_KM


def test_each_region_is_there_once_and_on_the_globe() -> None:
    assert len({region.name for region in REGIONS}) == len(REGIONS)
    assert len({region.position for region in REGIONS}) == len(REGIONS)
    assert all(abs(region.position.latitude) < 70 and abs(region.position.longitude) <= 180 for region in REGIONS)


def test_regions_lie_on_the_side_of_the_globe_that_their_names_say() -> None:
    for region in REGIONS:
        is_west = region.name.startswith(("us-", "northamerica-", "southamerica-"))
        assert (region.position.longitude < -40) is is_west, region
        is_south = region.name.startswith(("australia-", "southamerica-", "africa-")) or region.city.startswith("Jaka")
        assert (region.position.latitude < 0) is is_south, region
