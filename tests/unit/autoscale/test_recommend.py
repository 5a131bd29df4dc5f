"""The cheapest autoscaler that keeps an objective: arithmetic by hand, and what holds for any traffic."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfk8s.autoscale.arithmetic import arithmetic, number
from tfk8s.autoscale.candidates import (
    Candidate,
    PodCapacity,
    Wishes,
    config_of_candidate,
    fast_up,
    fewest_pods,
    most_pods,
    target_of,
    trace_headroom,
)
from tfk8s.autoscale.config import AverageValue, Policy, PolicyKind, Utilization
from tfk8s.autoscale.demand import assumed_day, demand_of
from tfk8s.autoscale.recommend import Delays, Goal, count_flaps, judge, recommend, replay, surroundings
from tfk8s.autoscale.trace import Trace
from tfk8s.errors import InputError

POD = PodCapacity(rate=10, latency_s=0.2, cpu_cores=0.4, request_cores=0.5)
GOAL = Goal(percentile=95, latency_s=0.5)
DELAYS = Delays(pod_start_s=30, metric_s=15, sync_s=15)
RPS = Wishes()
CPU = Wishes(metric="cpu")


def traffic(*rates: float, step_s: float = 15.0) -> Trace:
    return Trace(times_s=tuple(step_s * index for index in range(len(rates))), rates=tuple(rates))


def day(*, floor: float, peak: float, steps: int = 240) -> Trace:
    waves = (math.sin(2 * math.pi * index / steps) for index in range(steps))
    return traffic(*(floor + (peak - floor) * (1 + wave) / 2 for wave in waves))


def test_the_demand_is_read_from_the_trace() -> None:
    found = demand_of(traffic(20, 20, 30, 36, 60, 40), reaction_s=30, step_s=15)

    assert (found.floor, found.peak) == (20, 60)
    assert list(found.ahead) == [30, 36, 60, 60, 60, 40]
    assert (found.steepest.before, found.steepest.after, found.steepest.at_s) == (30, 60, 30)
    assert found.growth == 2
    assert (found.jump.before, found.jump.after, found.jump.at_s) == (36, 60, 60)


def test_a_rise_from_next_to_nothing_counts_from_a_quarter_of_the_peak() -> None:
    assert demand_of(traffic(0, 0, 40, 40), reaction_s=15, step_s=15).growth == 4


def test_traffic_of_nothing_is_no_error() -> None:
    found = recommend(traffic(0, 0, 0), POD, goal=GOAL, wishes=RPS, delays=DELAYS)

    assert (found.best.candidate.minimum, found.best.candidate.maximum) == (1, 2)
    assert found.best.late_share == 0


def test_the_headroom_is_what_traffic_grows_before_a_pod_helps() -> None:
    demand = demand_of(traffic(30, 30, 40, 40), reaction_s=60, step_s=15)

    assert trace_headroom(demand) == 0.25  # 1 - 30/40


@pytest.mark.parametrize(("wishes", "target"), [(RPS, 8.0), (CPU, 64)])
def test_the_target_leaves_the_headroom_free(wishes: Wishes, target: float) -> None:
    assert target_of(POD, headroom=0.2, wishes=wishes) == target  # 10 x 0.8; 0.4 / 0.5 x 0.8


def test_targets_of_slow_and_fast_pods_have_three_digits_and_are_rounded_down() -> None:
    assert target_of(replace(POD, rate=0.4567), headroom=0.1, wishes=RPS) == pytest.approx(0.411)
    assert target_of(replace(POD, rate=45678.0), headroom=0.1, wishes=RPS) == 41100


def test_the_fewest_pods_carry_the_floor_although_one_fails() -> None:
    demand = demand_of(traffic(25, 40, 25), reaction_s=15, step_s=15)

    assert fewest_pods(POD, demand, wishes=RPS) == 4  # ceil(25 / 10) + 1
    assert fewest_pods(POD, demand, wishes=Wishes(failures=0)) == 3
    assert fewest_pods(POD, demand, wishes=Wishes(failures=0, zones=3)) == 5  # two of five may lie in one zone
    assert fewest_pods(POD, demand, wishes=Wishes(failures=0, zones=2)) == 6


def test_the_most_pods_carry_a_quarter_more_than_the_peak_at_the_target() -> None:
    demand = demand_of(traffic(30, 30, 40, 40), reaction_s=60, step_s=15)

    assert most_pods(POD, demand, wishes=RPS) == 8  # ceil(40 x 1.25 / (10 x 0.75)) + 1


def test_the_largest_jump_may_be_answered_in_one_sync() -> None:
    demand = demand_of(traffic(10, 10, 55, 55), reaction_s=60, step_s=15)

    assert fast_up(POD, demand, headroom=0.1)[0] == Policy(kind=PolicyKind.PODS, value=5, period_s=15)


def test_the_model_gets_cpu_in_percent_and_requests_in_thousandths() -> None:
    candidate = Candidate(headroom=0.2, target=64, minimum=1, maximum=9, up=(), window_s=300)

    assert config_of_candidate(candidate, metric="cpu").metrics[0].target == Utilization(64)
    requests = config_of_candidate(replace(candidate, target=8.25), metric="requestsPerSecond")
    assert requests.metrics[0].target == AverageValue(8250)


def test_an_increase_soon_after_a_decrease_is_a_flap() -> None:
    assert count_flaps([3, 2, 2, 3, 3, 4], step_s=60) == 1
    assert count_flaps([3, 2, *[2] * 11, 3], step_s=60) == 0
    assert count_flaps([3, 2, 3, 2, 3], step_s=60) == 2


def test_a_step_that_no_new_pod_can_answer_in_time_is_carried_by_the_fewest_pods() -> None:
    found = recommend(traffic(*[5.0] * 20, *[40.0] * 20), POD, goal=GOAL, wishes=RPS, delays=DELAYS)

    assert found.is_kept
    assert found.best.candidate.minimum == 4


def test_slow_waves_are_followed_and_cost_less_than_the_peak_for_ever() -> None:
    found = recommend(day(floor=10, peak=100), POD, goal=GOAL, wishes=RPS, delays=DELAYS)

    assert found.is_kept
    assert found.best.candidate.minimum < 10
    assert found.best.pod_hours < 10


def test_of_those_that_keep_the_objective_none_is_cheaper() -> None:
    found = recommend(day(floor=10, peak=100), POD, goal=GOAL, wishes=RPS, delays=DELAYS)
    calm = [outcome for outcome in found.outcomes if outcome.keeps(GOAL) and outcome.is_calm]

    assert found.best.pod_hours == pytest.approx(min(outcome.pod_hours for outcome in calm))
    assert found.runner_up is not None
    assert found.runner_up.pod_hours >= found.best.pod_hours


def test_without_a_way_to_keep_the_objective_the_nearest_is_named_as_such() -> None:
    goal = Goal(percentile=99.9, latency_s=0.5)
    trace = traffic(*[1.0] * 10, 400.0, 400.0)
    found = recommend(trace, POD, goal=goal, wishes=Wishes(growth=0), delays=DELAYS)

    late = [outcome.late_share + outcome.dropped_share for outcome in found.outcomes]
    assert found.is_kept or found.best.late_share + found.best.dropped_share == pytest.approx(min(late))


def test_an_objective_tighter_than_the_pods_own_time_is_refused() -> None:
    with pytest.raises(InputError, match="longer than the objective") as caught:
        recommend(traffic(1, 2), POD, goal=Goal(percentile=95, latency_s=0.1), wishes=RPS)

    assert "no number of pods" in str(caught.value.hint)


def test_more_pods_than_a_spec_takes_are_refused() -> None:
    with pytest.raises(InputError, match="at most 1000"):
        recommend(traffic(20_000, 20_000), POD, goal=GOAL, wishes=RPS)


def test_the_arithmetic_names_every_figure_that_is_written() -> None:
    found = recommend(day(floor=10, peak=100), POD, goal=GOAL, wishes=CPU, delays=DELAYS)
    lines = {line.what: line for line in arithmetic(found, POD, wishes=CPU, delays=DELAYS)}

    best = found.best.candidate
    assert lines["target"].value == f"{best.target:.0f} % CPU"
    assert "0.4 cores used at the knee / 0.5 requested" in lines["target"].how
    assert lines["min"].value == f"{best.minimum} pods"
    assert lines["max"].value == f"{best.maximum} pods"
    assert lines["reaction"].value == "60 s"
    assert f"{len(found.outcomes)} were tried" in lines["cost"].how
    assert "the next one costs" in lines["cost"].how


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.0012345, "0.00123"), (3.999, "4"), (123.4, "123"), (12345.6, "12346"), (10, "10")]
)
def test_figures_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_a_day_that_is_assumed_has_its_floor_peak_and_one_jump() -> None:
    found = demand_of(assumed_day(floor=5, peak=100, growth=1.2), reaction_s=60, step_s=15)

    assert found.floor == pytest.approx(5)
    assert found.peak == pytest.approx(100, rel=0.001)
    assert found.growth == pytest.approx(1.2, rel=0.02)


RATES = st.lists(st.floats(0, 80).map(lambda rate: round(rate, 2)), min_size=2, max_size=30)


@given(rates=RATES, factor=st.integers(2, 9), wishes=st.sampled_from([RPS, CPU]))
def test_more_traffic_never_gets_fewer_pods(rates: list[float], factor: int, wishes: Wishes) -> None:
    demand = demand_of(traffic(*rates), reaction_s=60, step_s=15)
    more = demand_of(traffic(*(rate * factor for rate in rates)), reaction_s=60, step_s=15)

    assert most_pods(POD, more, wishes=wishes) >= most_pods(POD, demand, wishes=wishes)
    assert fewest_pods(POD, more, wishes=wishes) >= fewest_pods(POD, demand, wishes=wishes)


@settings(max_examples=8, deadline=None)
@given(rates=RATES, wishes=st.sampled_from([RPS, CPU, Wishes(failures=0, zones=3)]))
def test_the_choice_keeps_the_objective_whenever_any_candidate_does(rates: list[float], wishes: Wishes) -> None:
    trace = traffic(*rates)
    found = recommend(trace, POD, goal=GOAL, wishes=wishes, delays=DELAYS)

    # Judged anew, by the simulation and not by what the search noted.
    def anew(candidate: Candidate) -> bool:
        course = replay(
            trace, candidate, world=surroundings(POD, delays=DELAYS), goal=GOAL, delays=DELAYS, metric=wishes.metric
        )
        return judge(candidate, course).keeps(GOAL)

    assert anew(found.best.candidate) == any(anew(outcome.candidate) for outcome in found.outcomes)


@settings(max_examples=8, deadline=None)
@given(rates=RATES, wishes=st.sampled_from([RPS, CPU]))
def test_bounds_always_hold_the_fewest_pods_and_the_peak(rates: list[float], wishes: Wishes) -> None:
    best = recommend(traffic(*rates), POD, goal=GOAL, wishes=wishes, delays=DELAYS).best.candidate

    assert 1 <= best.minimum <= best.maximum
    assert best.maximum * POD.rate >= max(rates)
    assert best.target > 0
