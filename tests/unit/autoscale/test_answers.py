"""Times of answers in a simulated service."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.autoscale.answers import Served, Times, serve
from tfk8s.autoscale.capacity import LatencyAt, Surroundings

PLAIN = Surroundings(pod_rate=100, service_s=0.1, queue_s=5)
MEASURED = Surroundings(
    pod_rate=100,
    latencies=(
        LatencyAt(10, 0.02, 0.03, 0.04, 0.05, 0.06),
        LatencyAt(100, 0.04, 0.07, 0.10, 0.15, 0.20),
    ),
)


def test_what_pods_cannot_answer_waits_and_what_cannot_wait_is_dropped() -> None:
    found = serve(160, 0, ready=1, around=PLAIN, step_s=10)

    # 60 a second for 10 s: 500 may wait
    assert found == Served(160, 100, 500, 0, 5, 100, 250 + 10)


def test_a_queue_is_answered_before_what_comes() -> None:
    found = serve(50, 300, ready=1, around=PLAIN, step_s=10)

    assert (found.rate, found.waiting, found.dropped) == (80, 0, 0)
    assert (found.first_wait_s, found.last_wait_s) == (3, 0)


def test_without_pods_all_is_dropped() -> None:
    found = serve(50, 0, ready=0, around=PLAIN, step_s=10)

    assert (found.rate, found.waiting, found.dropped) == (0, 0, 500)


@pytest.mark.parametrize(("bound_s", "expected"), [(0.05, 1), (0.1, 1), (1.1, 0.8), (2.6, 0.5), (5.1, 0), (9, 0)])
def test_the_part_that_waits_too_long_follows_from_the_queue(bound_s: float, expected: float) -> None:
    over = serve(150, 0, ready=1, around=PLAIN, step_s=10)

    # waits from 0 to 5 s, and 0.1 s for the answer
    assert Times(PLAIN).late_share(over, ready=1, bound_s=bound_s) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rate", "percentile", "expected"),
    [(0, 50, 0.02), (10, 95, 0.04), (55, 50, 0.03), (55, 99, 0.10), (100, 90, 0.07)],
)
def test_measured_times_are_even_between_rates(rate: float, percentile: int, expected: float) -> None:
    found = serve(rate, 0, ready=1, around=MEASURED, step_s=10)

    assert Times(MEASURED).of(found, ready=1, percentile=percentile) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("bound_s", "expected"), [(0.01, 1), (0.04, 0.5), (0.07, 0.1), (0.15, 0.01), (0.175, 0.0055), (0.2, 0.001), (1, 0)]
)
def test_the_part_beyond_a_bound_follows_from_the_measured_percentiles(bound_s: float, expected: float) -> None:
    full = serve(100, 0, ready=1, around=MEASURED, step_s=10)

    assert Times(MEASURED).late_share(full, ready=1, bound_s=bound_s) == pytest.approx(expected)


@given(
    rate=st.floats(0, 1000),
    queue=st.floats(0, 500),
    ready=st.integers(0, 5),
    bound_s=st.floats(0.001, 10),
    around=st.sampled_from([PLAIN, MEASURED]),
)
def test_requests_are_neither_lost_nor_made(
    rate: float, queue: float, ready: int, bound_s: float, around: Surroundings
) -> None:
    found = serve(rate, queue, ready=ready, around=around, step_s=15)

    assert rate * 15 + queue == pytest.approx(found.rate * 15 + found.waiting + found.dropped)
    assert 0 <= found.rate <= ready * around.pod_rate
    assert 0 <= Times(around).late_share(found, ready=ready, bound_s=bound_s) <= 1
