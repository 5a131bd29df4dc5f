from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.render.sizing import MIB, ModelLoad
from tfk8s.render.timing import (
    CONNECTION_AGE_S,
    STARTUP_PERIOD_S,
    Situation,
    grace_s,
    progress_deadline_s,
    startup_budget_s,
    startup_failures,
)

SMALL = ModelLoad(name="m", largest_bytes=MIB, initial_bytes=MIB)
PLAIN = Situation(
    loads=(SMALL,),
    has_gpu=False,
    serves_grpc=False,
    request_timeout_s=30,
    load_retries=1,
    load_retry_s=10,
    drain_s=15,
)

situations = st.builds(
    Situation,
    loads=st.lists(
        st.builds(
            ModelLoad,
            name=st.just("m"),
            largest_bytes=st.integers(0, 2**42),
            initial_bytes=st.integers(0, 2**42),
            warmups=st.integers(0, 3),
        ),
        min_size=1,
        max_size=3,
    ),
    has_gpu=st.booleans(),
    serves_grpc=st.booleans(),
    request_timeout_s=st.integers(1, 3600),
    load_retries=st.integers(0, 100),
    load_retry_s=st.integers(1, 3600),
    drain_s=st.integers(0, 600),
    startup_s=st.none() | st.integers(1, 86_400),
)


def test_a_small_model_may_take_two_minutes_to_open_its_port() -> None:
    assert startup_failures(PLAIN).value * STARTUP_PERIOD_S >= 120 + 30


def test_a_large_model_gets_time_for_every_attempt() -> None:
    large = ModelLoad(name="m", largest_bytes=4096 * MIB, initial_bytes=4096 * MIB)

    budget = startup_budget_s(PLAIN._replace(loads=(large,), load_retries=2))

    assert budget.value == 60 + 3 * 205 + 2 * 10
    assert budget.reason == (
        "60 s to start + 3 x (205 s to read the models at 20 MiB/s) + 2 x 10 s between attempts, at least 180 s"
    )


def test_warm_up_and_gpu_add_to_the_start() -> None:
    warm = SMALL._replace(initial_bytes=2000 * MIB, warmups=2)

    assert startup_budget_s(PLAIN._replace(loads=(warm,), has_gpu=True, load_retries=0)).value == 60 + 60 + 100 + 120


def test_the_users_own_bound_for_the_start_stands() -> None:
    budget = startup_budget_s(PLAIN._replace(startup_s=45))

    assert budget.value == 45
    assert budget.reason == "from the spec"


@given(situations)
def test_the_roll_out_deadline_is_longer_than_the_start(situation: Situation) -> None:
    assert progress_deadline_s(situation).value > startup_failures(situation).value * STARTUP_PERIOD_S


@given(situations)
def test_the_grace_period_holds_the_drain_the_longest_request_and_the_oldest_connection(situation: Situation) -> None:
    needed: float = situation.drain_s + situation.request_timeout_s
    if situation.serves_grpc:
        needed += CONNECTION_AGE_S * 1.1

    assert grace_s(situation).value > needed


@pytest.mark.parametrize(("serves_grpc", "seconds"), [(False, 50), (True, 60)])
def test_the_default_grace_period_is_at_most_a_minute(serves_grpc: bool, seconds: int) -> None:
    assert grace_s(PLAIN._replace(serves_grpc=serves_grpc)).value == seconds <= 60


def test_the_reason_of_the_grace_period_says_that_the_signal_is_ignored() -> None:
    grace = grace_s(PLAIN)

    assert grace.value == 50
    assert grace.reason == (
        "15 s until no new connection comes + 30 s for the longest request; "
        "the server ignores SIGTERM and serves until it is killed"
    )
