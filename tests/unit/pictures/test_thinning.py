from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.pictures.thinning import Points, alone, points, thin

WEEK = 40_320  # of 15 seconds


def week(ys: list[float | None]) -> Points:
    return points([15.0 * index for index in range(len(ys))], ys)


def thinned(full: Points, *, parts: int = 600) -> Points:
    return thin(full, low=full.xs[0], high=full.xs[-1], parts=parts)


def test_a_week_is_thinned_to_four_points_of_each_part() -> None:
    kept = thinned(week([math.sin(index / 7) for index in range(WEEK)]))

    assert len(kept.xs) <= 4 * 601


def test_the_one_slow_moment_of_a_week_stays() -> None:
    kept = thinned(week([900.0 if index == 20_001 else 20.0 for index in range(WEEK)]))

    assert (15.0 * 20_001, 900.0) in zip(*kept, strict=True)


def test_the_one_quiet_moment_of_a_week_stays() -> None:
    kept = thinned(week([0.0 if index == 20_001 else 20.0 + index % 3 for index in range(WEEK)]))

    assert (15.0 * 20_001, 0.0) in zip(*kept, strict=True)


def test_a_long_gap_stays_a_gap() -> None:
    kept = thinned(week([None if 10_000 <= index < 11_000 else 20.0 for index in range(WEEK)]))

    inside = [y for x, y in zip(*kept, strict=True) if 15 * 10_070 < x < 15 * 10_930]
    assert inside
    assert all(math.isnan(y) for y in inside)


def test_few_points_stay_as_they_are() -> None:
    full = points([0, 1, 2], [1, None, 3])

    assert thin(full, low=0, high=2) is full


@given(
    ys=st.lists(st.none() | st.floats(-1e6, 1e6), min_size=50, max_size=300),
    parts=st.integers(1, 10),
)
def test_extremes_ends_and_order_outlive_any_thinning(ys: list[float | None], parts: int) -> None:
    full = week(ys)

    kept = thinned(full, parts=parts)

    present = [y for y in full.ys if not math.isnan(y)]
    left = [y for y in kept.ys if not math.isnan(y)]
    assert kept.xs == sorted(set(kept.xs))
    assert set(zip(kept.xs, map(repr, kept.ys), strict=True)) <= set(zip(full.xs, map(repr, full.ys), strict=True))
    if present:
        assert (min(left), max(left)) == (min(present), max(present))
        assert (left[0], left[-1]) == (present[0], present[-1])


def test_infinite_values_are_gaps() -> None:
    assert [math.isnan(y) for y in points([0, 1, 2], [math.inf, 1.0, math.nan]).ys] == [True, False, True]


def test_unequal_rows_are_refused() -> None:
    with pytest.raises(ValueError, match=r"longer|shorter"):
        points([0, 1], [1.0])


def test_values_between_two_gaps_stand_alone() -> None:
    found = alone(points([0, 1, 2, 3, 4, 5], [1, None, 2, None, 3, 4]))

    assert found == ([0, 2], [1, 2])


def test_boundless_values_are_gaps_and_hardly_anything_is_nothing() -> None:
    assert [repr(y) for y in points([0, 1, 2, 3], [1e308, 5e-324, -1e16, 2.0]).ys] == ["nan", "0.0", "nan", "2.0"]
