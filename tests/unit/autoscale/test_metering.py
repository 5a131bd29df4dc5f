"""What metrics of a simulated service read: late, over a while, and of pods that have just started."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tfk8s.autoscale.answers import Served, serve
from tfk8s.autoscale.capacity import Fleet, Surroundings
from tfk8s.autoscale.config import AverageValue, Config, Metric, Source, Utilization
from tfk8s.autoscale.metering import Gauge, Meter, Signal, Track, refuse_unknown
from tfk8s.autoscale.pods import PodTotals
from tfk8s.autoscale.proposal import Reading, ServiceValue
from tfk8s.errors import InputError

STEP_S = 15.0
AROUND = Surroundings(pod_rate=100, pod_start_s=30, cpu_request_milli=2000, cpu_at_full=0.8, cpu_idle=0.1)
CPU = Metric(source=Source.RESOURCE, target=Utilization(50), name="cpu")
MEMORY = Metric(source=Source.RESOURCE, target=Utilization(50), name="memory")
OF_PODS = Metric(source=Source.PODS, target=AverageValue(1000), name="rps")
OF_SERVICE = Metric(source=Source.EXTERNAL, target=AverageValue(1000), name="rps")


def gauge(metric: Metric, meter: Meter, *, around: Surroundings = AROUND) -> Gauge:
    return Gauge(metric, meter, around=around, step_s=STEP_S, cpu_initialization_s=300)


def served(rate: float, *, ready: int = 1, around: Surroundings = AROUND) -> Served:
    return serve(rate, 0, ready=ready, around=around, step_s=STEP_S)


def read_after(found: Gauge, *, rate: float, fleet: Fleet, now: float) -> Reading:
    """Let one rate hold for five minutes, then read."""
    for _ in range(20):
        found.take(served(rate, ready=fleet.ready), ready=fleet.ready)
    return found.read(fleet, now=now)


@pytest.mark.parametrize(
    ("delay_s", "window_s", "expected"),
    [(0, 0, 4), (15, 0, 3), (0, 15, 4), (15, 15, 3), (0, 30, 3.5), (15, 30, 2.5), (7.5, 15, 3.5), (0, 75, 2.2)],
)
def test_a_figure_covers_its_window_and_is_so_old(delay_s: float, window_s: float, expected: float) -> None:
    track = Track(STEP_S, delay_s=delay_s, window_s=window_s)
    for value in (1, 2, 3, 4):
        track.add(value)

    # before the first step its value is taken to have held
    assert track.mean() == pytest.approx(expected)


def test_a_service_shows_what_it_answers_or_what_arrives() -> None:
    over = served(150)
    found = {}
    for signal in (Signal.ANSWERED, Signal.ARRIVING):
        reader = gauge(OF_SERVICE, Meter(signal=signal))
        reader.take(over, ready=1)
        found[signal] = reader.read(Fleet(AROUND, ready=1), now=15)

    assert found[Signal.ANSWERED] == ServiceValue(milli=100_000, ready=1, pods=1)
    assert found[Signal.ARRIVING] == ServiceValue(milli=150_000, ready=1, pods=1)


def test_requests_in_flight_are_those_that_wait_and_those_that_are_answered() -> None:
    reader = gauge(OF_SERVICE, Meter(signal=Signal.IN_FLIGHT))
    reader.take(served(120), ready=1)

    # 20 a second too much for 15 s: from none to 300 wait; 100 a second take 0.05 s each
    assert reader.read(Fleet(AROUND, ready=1), now=15) == ServiceValue(milli=155_000, ready=1, pods=1)


def test_a_latency_is_told_in_its_unit_and_not_divided_among_pods() -> None:
    reader = gauge(OF_SERVICE, Meter(signal=Signal.LATENCY, per_second=1000))
    reader.take(served(200, ready=4), ready=4)

    assert reader.read(Fleet(AROUND, ready=4), now=15) == ServiceValue(milli=50_000, ready=4, pods=4)


def test_servers_show_what_they_work_on_and_not_what_waits_for_them() -> None:
    around = replace(AROUND, threads=8)
    flying = gauge(OF_SERVICE, Meter(signal=Signal.IN_FLIGHT), around=around)
    slow = gauge(OF_SERVICE, Meter(signal=Signal.LATENCY), around=around)
    for reader in (flying, slow):
        reader.take(served(120), ready=1)

    # 8 at a time at 100 a second: 80 ms each
    assert flying.read(Fleet(around, ready=1), now=15) == ServiceValue(milli=8_000, ready=1, pods=1)
    assert slow.read(Fleet(around, ready=1), now=15) == ServiceValue(milli=80_000, ready=1, pods=1)


def test_processor_is_what_idles_and_what_requests_take() -> None:
    fleet = Fleet(AROUND, ready=2)
    reading = read_after(gauge(CPU, Meter(signal=Signal.CPU)), rate=100, fleet=fleet, now=300)

    # each pod at half its rate: 0.1 + 0.7 / 2 of 2 processors
    assert reading == PodTotals(pods=2, counted=2, usage=1800, requests=4000)


def test_a_pod_that_starts_is_pending_then_without_metrics_then_unready() -> None:
    around = replace(AROUND, pod_start_s=60, image_s=10, pods_per_node=1, nodes=2)
    fleet = Fleet(around, ready=1)
    fleet.scale(2, now=0)
    reader = gauge(CPU, Meter(signal=Signal.CPU, window_s=15, delay_s=5), around=around)
    seen = []
    for now in (5, 15, 29, 30, 45):
        fleet.advance(now)
        totals = read_after(reader, rate=50, fleet=fleet, now=now)
        assert isinstance(totals, PodTotals)
        seen.append((totals.counted, totals.unready, len(totals.missing_requests)))

    # pulls until 10; a figure of 15 s that is 5 s old exists 20 s later; ready at 60
    assert seen == [(1, 1, 0), (1, 0, 1), (1, 0, 1), (1, 1, 0), (1, 1, 0)]


def test_processor_of_a_start_does_not_count_while_it_shows_in_the_window() -> None:
    fleet = Fleet(AROUND, ready=1)
    fleet.scale(2, now=0)
    reader = gauge(CPU, Meter(signal=Signal.CPU, window_s=15, delay_s=15))
    seen = []
    for now in (30, 59, 60):
        fleet.advance(now)
        totals = read_after(reader, rate=100, fleet=fleet, now=now)
        assert isinstance(totals, PodTotals)
        seen.append((totals.counted, totals.unready, totals.usage))

    # ready at 30; a sample that began then is taken at 45 and read at 60; 50 requests a second: 0.1 + 0.35 of 2
    assert seen == [(1, 1, 900), (1, 1, 900), (2, 0, 1800)]


def test_after_the_initialization_period_the_processor_of_a_start_counts() -> None:
    around = replace(AROUND, pod_start_s=400)
    fleet = Fleet(around, ready=1)
    fleet.scale(2, now=0)
    fleet.advance(400)
    reader = gauge(CPU, Meter(signal=Signal.CPU, window_s=15, delay_s=0), around=around)
    totals = read_after(reader, rate=0, fleet=fleet, now=405)

    assert isinstance(totals, PodTotals)
    # 10 of the 15 s show the start with all of 2 processors, the others 0.1 of them; and so does the other pod
    assert (totals.counted, totals.unready) == (2, 0)
    assert totals.usage == round(2000 * 10 / 15 + 200 * 5 / 15 + 200)


def test_a_pod_that_burns_after_it_is_ready_counts_with_that() -> None:
    around = replace(AROUND, pod_start_s=10, burn_s=60)
    fleet = Fleet(around, ready=0)
    fleet.scale(2, now=0)
    reader = gauge(CPU, Meter(signal=Signal.CPU, window_s=15, delay_s=0), around=around)
    fleet.advance(40)
    totals = read_after(reader, rate=0, fleet=fleet, now=40)

    assert isinstance(totals, PodTotals)
    assert (totals.counted, totals.usage, totals.requests) == (2, 4000, 4000)


def test_memory_counts_ready_or_not_and_with_requests_in_flight() -> None:
    around = replace(AROUND, memory_request_bytes=1000, memory_bytes=600, memory_per_request_bytes=40)
    fleet = Fleet(around, ready=1)
    fleet.scale(2, now=0)
    reader = gauge(MEMORY, Meter(signal=Signal.MEMORY, window_s=15), around=around)
    fleet.advance(20)
    totals = read_after(reader, rate=100, fleet=fleet, now=20)

    # 100 requests a second of 0.05 s: 5 in flight
    assert totals == PodTotals(pods=2, counted=2, usage=1_600_000, requests=2_000_000)


def test_metrics_of_pods_are_missing_until_a_pod_answers_and_is_found() -> None:
    fleet = Fleet(AROUND, ready=1)
    fleet.scale(2, now=0)
    reader = gauge(OF_PODS, Meter(signal=Signal.ANSWERED, delay_s=15))
    seen = []
    for now in (15, 30, 45):
        fleet.advance(now)
        totals = read_after(reader, rate=100, fleet=fleet, now=now)
        assert isinstance(totals, PodTotals)
        seen.append((totals.counted, totals.usage, len(totals.missing_requests)))

    assert seen == [(1, 100_000, 1), (1, 50_000, 1), (2, 100_000, 0)]


def test_pods_that_come_and_go_leave_the_sum_of_their_metrics_right() -> None:
    fleet = Fleet(replace(AROUND, pod_start_s=15), ready=1)
    reader = gauge(OF_PODS, Meter(signal=Signal.ANSWERED, window_s=60))
    usages = []
    for index, replicas in enumerate((1, 4, 4, 4, 4, 4, 2, 2)):
        fleet.scale(replicas, now=STEP_S * index)
        ready = fleet.ready
        reader.take(served(80, ready=ready), ready=ready)
        fleet.advance(STEP_S * (index + 1))
        totals = reader.read(fleet, now=STEP_S * (index + 1))
        assert isinstance(totals, PodTotals)
        usages.append(totals.usage)

    # 80 a second in all, whoever answers; what left pods answered is gone with them
    assert usages == [80_000] * 6 + [round(80_000 * 2 / 3.5), round(80_000 * 2 / 3)]


def test_a_latency_of_pods_is_that_of_each() -> None:
    reader = gauge(OF_PODS, Meter(signal=Signal.LATENCY, per_second=1000))
    totals = read_after(reader, rate=100, fleet=Fleet(AROUND, ready=3), now=300)

    assert isinstance(totals, PodTotals)
    assert (totals.counted, totals.usage) == (3, 150_000)


@pytest.mark.parametrize(
    ("name", "around", "message"),
    [("nvidia.com/gpu", AROUND, "nvidia.com/gpu"), ("memory", AROUND, "a pod's memory is unknown")],
)
def test_what_traffic_does_not_tell_is_refused(name: str, around: Surroundings, message: str) -> None:
    metric = Metric(source=Source.CONTAINER_RESOURCE, target=Utilization(50), name=name, container="server")

    with pytest.raises(InputError, match=message):
        refuse_unknown(Config(maximum=2, metrics=(metric,)), around)
