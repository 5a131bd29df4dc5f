from __future__ import annotations

from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.load import Phase, schedule


def test_fixed_arrivals_come_at_equal_intervals_from_the_start() -> None:
    assert list(schedule([Phase(rps=4, seconds=1)])) == [0.0, 0.25, 0.5, 0.75]


def test_fixed_arrivals_keep_their_rate_over_a_million_requests() -> None:
    due = schedule([Phase(rps=1000, seconds=1000)])

    assert len(due) == 1_000_000
    assert due[-1] == 999.999


def test_a_phase_begins_when_the_one_before_it_ends_and_a_rate_of_0_is_a_pause() -> None:
    due = schedule([Phase(rps=1, seconds=2), Phase(rps=0, seconds=3), Phase(rps=2, seconds=1)])

    assert list(due) == [0.0, 1.0, 5.0, 5.5]


def test_poisson_arrivals_are_the_same_for_the_same_seed_alone() -> None:
    phases = [Phase(rps=50, seconds=2)]

    assert schedule(phases, arrivals="poisson", seed=1) == schedule(phases, arrivals="poisson", seed=1)
    assert schedule(phases, arrivals="poisson", seed=1) != schedule(phases, arrivals="poisson", seed=2)


def test_intervals_of_poisson_arrivals_have_the_mean_and_the_spread_of_the_exponential_distribution() -> None:
    due = schedule([Phase(rps=100, seconds=1000)], arrivals="poisson", seed=3)
    intervals = [after - before for before, after in pairwise(due)]

    assert len(due) == pytest.approx(100_000, rel=0.02)
    assert fmean(intervals) == pytest.approx(0.01, rel=0.02)
    # A quarter of such intervals are shorter than 0.2877 of the mean; fixed ones never are.
    assert sum(interval < 0.01 * 0.28768 for interval in intervals) / len(intervals) == pytest.approx(0.25, abs=0.01)


@given(
    rps=st.floats(min_value=0.1, max_value=500),
    seconds=st.floats(min_value=0.1, max_value=5),
    seed=st.integers(min_value=0, max_value=9),
)
def test_arrivals_rise_and_lie_within_their_phase(rps: float, seconds: float, seed: int) -> None:
    for due in (schedule([Phase(rps=rps, seconds=seconds)], arrivals=kind, seed=seed) for kind in ("fixed", "poisson")):
        assert all(before < after for before, after in pairwise(due))
        assert all(0 <= at < seconds for at in due)
