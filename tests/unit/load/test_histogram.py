from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.load import Histogram, histogram_of
from tfk8s.load.histogram import bucket_of


@given(microseconds=st.integers(min_value=0, max_value=10**12))
def test_the_bound_of_a_bucket_is_less_than_one_128th_above_any_value_in_it(microseconds: int) -> None:
    bound = bucket_of(microseconds)

    assert microseconds <= bound
    assert (bound - microseconds) * 128 < max(microseconds, 1) or bound == microseconds
    assert bucket_of(bound) == bound
    assert bucket_of(bound + 1) > bound


def test_values_below_256_microseconds_are_exact() -> None:
    assert [bucket_of(value) for value in range(256)] == list(range(256))


@given(
    values=st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=200),
    percent=st.sampled_from([1.0, 50.0, 90.0, 95.0, 99.0, 99.9]),
)
def test_a_percentile_is_that_of_the_sorted_values_within_the_stated_error(values: list[float], percent: float) -> None:
    exact = sorted(values)[max(1, math.ceil(len(values) * percent / 100 - 1e-9)) - 1]

    found = histogram_of(values).percentile_s(percent)

    assert exact - 1e-6 <= found <= max(exact * (1 + 1 / 128), exact + 2e-6)


def test_the_99th_percentile_of_a_hundred_is_the_99th() -> None:
    histogram = histogram_of([0.0001] * 99 + [1.0])

    assert histogram.percentile_s(99) == 0.0001
    assert histogram.percentile_s(99.1) == 1.0


def test_no_percentile_is_above_the_longest_latency() -> None:
    latencies = histogram_of([0.1] * 10).latencies()

    assert latencies is not None
    assert (latencies.p50_s, latencies.p999_s, latencies.max_s) == (0.1, 0.1, 0.1)
    assert latencies.mean_s == pytest.approx(0.1)


def test_without_latencies_there_are_no_percentiles() -> None:
    assert Histogram().latencies() is None
    with pytest.raises(ValueError, match="no latencies"):
        Histogram().percentile_s(50)
