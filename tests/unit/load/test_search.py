from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.load.benches import OBJECTIVE, a_step
from tfk8s.load import Step
from tfk8s.load.search import Search, knee_of, next_rate

FAST, SLOW = 0.05, 0.5


def a(rps: float, kept: bool, pods: int = 1) -> Step:
    return replace(a_step(100, p99_s=FAST if kept else SLOW, pods=pods), asked_rps=rps)


def found(capacity: float, *, search: Search, noise: float = 0.0, seed: int = 0) -> tuple[list[Step], object]:
    """Ask for rates until there is none; a step keeps the objective up to the capacity, or else by chance."""
    source = random.Random(seed)  # noqa: S311 - noise, no secret
    steps: list[Step] = []
    while isinstance(rate := next_rate(steps, objective=OBJECTIVE, search=search), float):
        assert len(steps) < 200
        steps.append(a(rate, (rate <= capacity) != (source.random() < noise)))
    return steps, rate


@given(capacity=st.floats(min_value=0.5, max_value=9000), start=st.floats(min_value=0.5, max_value=5000))
def test_the_knee_is_within_the_resolution_below_the_capacity(capacity: float, start: float) -> None:
    steps, why = found(capacity, search=Search(start_rps=start))

    knee = knee_of(steps, objective=OBJECTIVE, pods=1)

    assert why == "complete"
    assert knee is not None
    assert knee.rps_per_pod <= capacity
    assert knee.beyond is not None
    assert capacity < knee.beyond.asked_rps
    assert knee.beyond.asked_rps - knee.rps_per_pod <= 0.0501 * knee.beyond.asked_rps
    assert len(steps) <= 30


def test_both_ends_of_the_knee_are_measured_twice() -> None:
    steps, _ = found(100, search=Search(start_rps=10))
    rates = [step.asked_rps for step in steps]
    knee = knee_of(steps, objective=OBJECTIVE, pods=1)

    assert rates[:5] == [10, 20, 40, 80, 160]
    assert knee is not None
    assert knee.beyond is not None
    assert rates.count(knee.rps_per_pod) == 2
    assert rates.count(knee.beyond.asked_rps) == 2


def test_a_step_that_was_spoilt_once_does_not_move_the_knee() -> None:
    for spoilt in range(14):
        steps: list[Step] = []
        while isinstance(rate := next_rate(steps, objective=OBJECTIVE, search=Search(start_rps=10)), float):
            steps.append(a(rate, rate <= 100 and len(steps) != spoilt))
        knee = knee_of(steps, objective=OBJECTIVE, pods=1)

        assert knee is not None
        assert 94 <= knee.rps_per_pod <= 100, spoilt


def test_with_one_step_in_twenty_spoilt_the_search_still_ends_near_the_capacity() -> None:
    knees = []
    for seed in range(200):
        steps, why = found(100, search=Search(start_rps=10), noise=0.05, seed=seed)
        knee = knee_of(steps, objective=OBJECTIVE, pods=1)
        assert why == "complete"
        knees.append(knee.rps_per_pod if knee else 0.0)

    assert sum(90 <= knee <= 106 for knee in knees) >= 190


def test_a_start_that_breaks_the_objective_is_followed_by_lower_rates() -> None:
    steps, _ = found(3, search=Search(start_rps=50))

    assert [step.asked_rps for step in steps][:5] == [50, 25, 12.5, 6.25, 3.12]


def test_where_the_least_rate_breaks_the_objective_there_is_no_knee() -> None:
    steps, why = found(0.1, search=Search(start_rps=4, least_rps=1))

    assert why == "complete"
    assert [step.asked_rps for step in steps] == [4, 2, 1, 1]
    assert knee_of(steps, objective=OBJECTIVE, pods=1) is None


def test_the_most_rate_ends_the_search_and_nothing_is_known_beyond() -> None:
    steps, why = found(1e9, search=Search(start_rps=30, most_rps=100))
    knee = knee_of(steps, objective=OBJECTIVE, pods=1)

    assert why == "complete"
    assert [step.asked_rps for step in steps] == [30, 60, 100, 100]
    assert knee is not None
    assert (knee.rps_per_pod, knee.beyond) == (100, None)


def test_a_step_that_was_set_aside_is_repeated_and_given_up_after_three() -> None:
    late = replace(a(20, kept=False), late=50)
    steps = [a(10, kept=True), late]

    assert next_rate(steps, objective=OBJECTIVE, search=Search(start_rps=10)) == 20
    assert next_rate([*steps, late], objective=OBJECTIVE, search=Search(start_rps=10)) == 20
    assert next_rate([*steps, late, late], objective=OBJECTIVE, search=Search(start_rps=10)) == "unsteady"
    knee = knee_of([*steps, late, late], objective=OBJECTIVE, pods=1)
    assert knee is not None
    assert knee.rps_per_pod == 10


def test_where_nothing_is_answered_the_search_ends_after_the_first_step() -> None:
    failed = replace(a_step(10, failures=["connection refused"] * 10), asked_rps=10)

    assert next_rate([failed], objective=OBJECTIVE, search=Search(start_rps=10)) == "failing"


def test_the_knee_is_shown_by_the_slowest_step_that_kept_the_objective() -> None:
    steps = [replace(a_step(100, p99_s=seconds), asked_rps=10) for seconds in (0.05, 0.15, 0.1)]

    knee = knee_of(steps, objective=OBJECTIVE, pods=1)

    assert knee is not None
    assert knee.at.objective_s == pytest.approx(0.15, rel=0.01)


def test_the_knee_is_that_of_one_pod_and_steps_with_other_pods_do_not_tell_of_it() -> None:
    steps = [a(40, kept=True, pods=2), a(90, kept=True, pods=3), a(60, kept=False, pods=2)]

    knee = knee_of(steps, objective=OBJECTIVE, pods=2)

    assert knee is not None
    assert (knee.rps_per_pod, knee.at, knee.beyond) == (20, steps[0], steps[2])
