"""A service under traffic: small courses computed by hand."""

from __future__ import annotations

import time
from dataclasses import replace
from math import pi, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.autoscale.autoscalers import config
from tfk8s.autoscale.capacity import Fleet, Surroundings
from tfk8s.autoscale.config import (
    DEFAULT_DOWN,
    AverageValue,
    Behavior,
    Config,
    Flags,
    Metric,
    Rules,
    Source,
    Utilization,
)
from tfk8s.autoscale.metering import Meter, Signal
from tfk8s.autoscale.simulate import Play, simulate
from tfk8s.autoscale.trace import Trace
from tfk8s.autoscale.zero import Trigger, Zero

AROUND = Surroundings(
    pod_rate=100, service_s=0.05, pod_start_s=30, queue_s=5, pods_per_node=4, nodes=1, node_start_s=60
)


def steady(*rates: float) -> Trace:
    return Trace(times_s=tuple(15.0 * index for index in range(len(rates))), rates=tuple(rates))


def test_a_step_is_answered_once_new_pods_are_ready() -> None:
    course = simulate(steady(100, 300, 300, 300, 300), config(), around=AROUND)

    assert course.replicas == [1, 3, 3, 3, 3]
    # asked for at 30 s, ready at 60 s
    assert course.ready == [1, 1, 1, 1, 3]
    # 200 a second too much: 500 may wait, the rest goes
    assert course.dropped == [0, 2500, 3000, 3000, 0]
    # half-way: 250 wait, then 500, at 100 a second; at last 500 and 500 at 300
    assert course.latency_s == pytest.approx([0.05, 2.55, 5.05, 5.05, 0.05 + 500 / 300])
    assert course.requests == 19_500
    assert course.dropped_share == pytest.approx(8500 / 19_500)
    assert course.pod_hours == pytest.approx(13 * 15 / 3600)


def test_pods_that_find_no_place_wait_for_a_node() -> None:
    fleet = Fleet(AROUND, ready=3)
    fleet.scale(6, now=0)
    fleet.advance(30)
    assert (fleet.ready, fleet.unready, fleet.nodes) == (4, 2, 1)

    fleet.advance(60)
    assert (fleet.ready, fleet.unready, fleet.nodes) == (4, 2, 2)

    fleet.advance(90)
    assert (fleet.ready, fleet.unready) == (6, 0)


def test_at_the_most_nodes_pods_stay_pending() -> None:
    fleet = Fleet(Surroundings(pod_rate=1, pods_per_node=2, max_nodes=2), ready=2)
    fleet.scale(9, now=0)
    fleet.advance(10_000)

    assert (fleet.ready, fleet.unready, fleet.nodes) == (4, 5, 2)


def test_pods_that_answer_end_last_and_an_idle_node_goes_later() -> None:
    fleet = Fleet(AROUND, ready=5)
    fleet.scale(7, now=0)
    fleet.scale(5, now=1)
    assert (fleet.ready, fleet.unready, fleet.nodes) == (5, 0, 2)

    fleet.scale(4, now=2)
    fleet.advance(3)
    assert (fleet.ready, fleet.nodes) == (4, 2)
    fleet.advance(650)
    assert fleet.nodes == 1


def test_utilization_and_requests_per_pod_scale_alike() -> None:
    trace = steady(*[100.0] * 3, *[450.0] * 60)
    cpu = Metric(source=Source.RESOURCE, target=Utilization(50), name="cpu")
    rate = Metric(source=Source.PODS, target=AverageValue(50_000), name="rps")
    found = [
        simulate(trace, Config(maximum=20, metrics=(metric,)), around=AROUND).replicas[-1] for metric in (cpu, rate)
    ]

    assert found == [9, 9]


def test_the_image_is_pulled_once_a_node() -> None:
    around = replace(AROUND, pod_start_s=30, image_s=20, pods_per_node=2, nodes=2, max_nodes=2)
    fleet = Fleet(around, ready=1)
    fleet.scale(4, now=0)

    # one beside the first pod, and two on a node that has none yet
    assert [(batch.pods, batch.runs_at, batch.ready_at) for batch in fleet.starting] == [(1, 0, 10), (2, 20, 30)]
    fleet.advance(10)
    assert fleet.ready == 2
    fleet.scale(2, now=12)
    assert (fleet.ready, fleet.unready, fleet.starting) == (2, 0, [])
    fleet.scale(3, now=13)
    assert [batch.ready_at for batch in fleet.starting] == [23]


def test_the_first_rate_was_there_before_the_trace() -> None:
    found = simulate(steady(400, 400), config(), around=AROUND, play=Play(settle_s=600))

    assert (found.replicas, found.ready, found.dropped) == ([4, 4], [4, 4], [0, 0])
    assert len(found.rates) == 2


def test_metrics_that_come_late_delay_the_pods() -> None:
    late = Meter(signal=Signal.ARRIVING, window_s=30, delay_s=15)
    found = simulate(steady(100, 400, 400, 400, 400), config(), around=AROUND, play=Play(meters=(late,)))

    assert found.replicas == [1, 1, 3, 4, 4]


def test_what_servers_answer_grows_only_with_the_pods() -> None:
    answered = Meter(signal=Signal.ANSWERED)
    asked = Config(maximum=50, metrics=(Metric(source=Source.EXTERNAL, target=AverageValue(50_000), name="rps"),))
    around = replace(AROUND, pod_start_s=15, queue_s=0, nodes=10)
    found = simulate(steady(800, *[800.0] * 9), asked, around=around, play=Play(meters=(answered,)))

    # each pod answers 100 at most: twice the target, so that the pods double
    assert found.replicas == [2, 2, 4, 4, 8, 8, 16, 16, 16, 16]


def test_late_requests_are_counted_where_there_is_a_bound() -> None:
    found = simulate(steady(100, 150, 150), config(maximum=1), around=AROUND, play=Play(bound_s=2.55))

    # the queue grows to 5 s within the first 10 s of overload: half of the waits of that step exceed 2.5 s
    assert found.late == pytest.approx([0, 1500 * 0.5, 1500])
    assert simulate(steady(100, 150), config(maximum=1), around=AROUND).late == []


def test_a_service_without_demand_sleeps_and_its_first_requests_find_no_pod() -> None:
    zero = Zero(triggers=(Trigger(metric=0),), polling_s=15, cooldown_s=29)
    trace = steady(50, 0, 0, 0, 0, 50, 50, 50, 50)
    found = simulate(trace, config(), around=replace(AROUND, pod_start_s=15), play=Play(zero=zero))

    assert found.replicas == [1, 1, 0, 0, 0, 1, 1, 1, 1]
    assert found.dropped == [0, 0, 0, 0, 0, 750, 750, 0, 0]


def test_an_autoscaler_that_may_go_to_zero_by_itself_does_and_comes_back() -> None:
    asked = replace(config(), minimum=0, flags=Flags.of_release((1, 37)))
    calm = replace(asked, behavior=Behavior(down=Rules(policies=DEFAULT_DOWN.policies, window_s=15)))
    found = simulate(steady(50, 0, 0, 0, 50, 50), calm, around=replace(AROUND, pod_start_s=15))

    assert found.replicas == [1, 0, 0, 0, 1, 1]
    assert found.ready == [1, 1, 0, 0, 0, 0]


def test_every_sync_says_why_in_the_words_of_the_controller() -> None:
    found = simulate(steady(100, 900, 900), config(maximum=6), around=AROUND)

    assert [(each.wanted, each.metric, each.limited) for each in found.reasons] == [
        (1, 0, "DesiredWithinRange"),
        (9, 0, "ScaleUpLimit"),
        (9, 0, "TooManyReplicas"),
    ]


RATES = st.lists(st.floats(0, 3000), min_size=1, max_size=40)


@given(
    rates=RATES,
    metric=st.sampled_from(["cpu", "pods", "service"]),
    meter=st.builds(
        lambda signal, window_s, delay_s: (signal, window_s, delay_s),
        st.sampled_from([Signal.ANSWERED, Signal.ARRIVING, Signal.IN_FLIGHT]),
        st.sampled_from([0.0, 15.0, 60.0]),
        st.sampled_from([0.0, 7.0, 15.0]),
    ),
    around=st.builds(
        Surroundings,
        pod_rate=st.floats(1, 500),
        pod_start_s=st.sampled_from([20.0, 40.0, 400.0]),
        image_s=st.sampled_from([0.0, 20.0]),
        burn_s=st.sampled_from([0.0, 60.0]),
        pods_per_node=st.integers(1, 5),
        max_nodes=st.integers(1, 8),
    ),
    is_cold=st.booleans(),
    sleeps=st.booleans(),
)
def test_whatever_happens_pods_keep_their_bounds_and_requests_add_up(
    rates: list[float],
    metric: str,
    meter: tuple[Signal, float, float],
    around: Surroundings,
    is_cold: bool,
    sleeps: bool,
) -> None:
    signal = Signal.CPU if metric == "cpu" else meter[0]
    source = {"cpu": Source.RESOURCE, "pods": Source.PODS, "service": Source.EXTERNAL}[metric]
    target = Utilization(50) if metric == "cpu" else AverageValue(40_000)
    asked = Config(minimum=2, maximum=12, metrics=(Metric(source=source, target=target, name=metric),))
    play = Play(
        meters=(Meter(signal=signal, window_s=meter[1], delay_s=meter[2]),),
        zero=Zero(triggers=(Trigger(metric=0),), cooldown_s=60) if sleeps else None,
        bound_s=0.2,
        settle_s=60,
        is_cold=is_cold,
    )
    found = simulate(steady(*rates), asked, around=around, play=play)

    assert all((0 if sleeps else 2) <= replicas <= 12 for replicas in found.replicas)
    assert all(0 <= ready <= 12 for ready in found.ready)
    assert all(nodes <= max(around.max_nodes, -(-12 // around.pods_per_node)) for nodes in found.nodes)
    came = sum(rates) * 15
    assert -1e-6 <= sum(found.dropped) <= came + 12 * around.pod_rate * around.queue_s + 1e-6
    assert all(late <= 15 * 12 * around.pod_rate + 1e-6 for late in found.late)
    assert simulate(steady(*rates), asked, around=around, play=play) == found


@pytest.mark.timed
@pytest.mark.parametrize("behavior", [None, Behavior()])
@pytest.mark.parametrize("is_cpu", [False, True])
def test_a_week_takes_less_than_a_second(behavior: Behavior | None, *, is_cpu: bool) -> None:
    day = 5760
    trace = steady(*[500 + 450 * sin(2 * pi * index / day) + 30 * (index * 7919 % 13 - 6) for index in range(7 * day)])
    asked, play = config(behavior), Play()
    if is_cpu:
        asked = replace(asked, metrics=(Metric(source=Source.RESOURCE, target=Utilization(80), name="cpu"),))
        play = Play(meters=(Meter(signal=Signal.CPU, window_s=15, delay_s=15),), bound_s=0.2, settle_s=3600)
    began = time.process_time()
    course = simulate(trace, asked, around=AROUND, play=play)

    assert time.process_time() - began < 1.0
    assert len(course.replicas) == 40_320
    assert max(course.replicas) >= 10
