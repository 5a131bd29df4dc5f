from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.rollout.rates import percentile_ms, rates_of
from tfk8s.rollout.traffic import Traffic

BOUNDS = tuple(10 * 1.8**step for step in range(33))


def test_counts_are_divided_by_the_time_that_they_took() -> None:
    traffic = Traffic(latencies={BOUNDS[10]: 30}, errors={"UNAVAILABLE": 5, "INTERNAL": 1})

    found = rates_of(traffic, seconds=5.0)

    assert (found.answered_per_s, found.failed_per_s) == (6.0, 1.2)
    assert found.errors_per_s == {"INTERNAL": 0.2, "UNAVAILABLE": 1.0}


def test_nothing_answered_has_no_time() -> None:
    assert rates_of(Traffic(errors={"INTERNAL": 1}), seconds=1.0).milliseconds == {}


def test_a_time_lies_evenly_within_its_bucket_as_prometheus_has_it() -> None:
    one_bucket = {BOUNDS[10]: 100}

    assert percentile_ms(one_bucket, 50) == pytest.approx((BOUNDS[9] + BOUNDS[10]) / 2 / 1000)
    assert percentile_ms(one_bucket, 100) == pytest.approx(BOUNDS[10] / 1000)


def test_above_every_bound_no_more_is_known_than_that() -> None:
    assert percentile_ms({BOUNDS[-1]: 1, math.inf: 99}, 99) == pytest.approx(BOUNDS[-1] / 1000)


@given(st.dictionaries(st.sampled_from([*BOUNDS, math.inf]), st.integers(1, 1000), min_size=1))
def test_a_higher_percentile_is_no_shorter_time(latencies: dict[float, int]) -> None:
    times = [percentile_ms(latencies, percent) for percent in (1, 50, 90, 99, 100)]

    assert times == sorted(times)
