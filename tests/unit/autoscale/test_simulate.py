"""A service under traffic: small courses computed by hand."""

from __future__ import annotations

import time
from math import pi, sin

import pytest

from tests.unit.autoscale.autoscalers import config
from tfk8s.autoscale.capacity import Fleet, Surroundings
from tfk8s.autoscale.config import AverageValue, Behavior, Config, Metric, Source, Utilization
from tfk8s.autoscale.simulate import simulate
from tfk8s.autoscale.trace import Trace
from tfk8s.errors import InputError

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


def test_a_target_that_traffic_does_not_tell_is_refused() -> None:
    memory = Metric(source=Source.RESOURCE, target=Utilization(50), name="memory")

    with pytest.raises(InputError, match="memory"):
        simulate(steady(1), Config(maximum=2, metrics=(memory,)), around=AROUND)


@pytest.mark.timed
@pytest.mark.parametrize("behavior", [None, Behavior()])
def test_a_week_takes_less_than_a_second(behavior: Behavior | None) -> None:
    day = 5760
    trace = steady(*[500 + 450 * sin(2 * pi * index / day) + 30 * (index * 7919 % 13 - 6) for index in range(7 * day)])
    began = time.process_time()
    course = simulate(trace, config(behavior), around=AROUND)

    assert time.process_time() - began < 1.0
    assert len(course.replicas) == 40_320
    assert max(course.replicas) >= 10
