"""What one metric asks for: tables computed by hand."""

from __future__ import annotations

import pytest

from tests.unit.autoscale.autoscalers import RATE, percent
from tfk8s.autoscale.config import AverageValue, Behavior, Config, Flags, Metric, Rules, Source, Utilization, Value
from tfk8s.autoscale.integers import INT32_MAX
from tfk8s.autoscale.pods import PodTotals
from tfk8s.autoscale.proposal import Invalid, NoReading, Scale, ServiceValue, propose

CPU = Metric(source=Source.RESOURCE, target=Utilization(50), name="cpu")
PODS = Metric(source=Source.PODS, target=AverageValue(10_000), name="in-flight")
TOTAL = Metric(source=Source.EXTERNAL, target=Value(10_000), name="queue")
TENTH = (0.9, 1.1)


def ask(metric: Metric, reading: object, current: int, *, status: int | None = None) -> int | Invalid:
    assert isinstance(reading, PodTotals | ServiceValue | NoReading)
    scale = Scale(spec=current, status=current if status is None else status)
    return propose(metric, reading, scale=scale, tolerated=TENTH)


def cpu(usage: int, *, pods: int, unready: int = 0, missing: int = 0) -> PodTotals:
    """Pods that request 100m each; usage in milli over the counted ones."""
    return PodTotals(
        pods=pods + unready + missing,
        counted=pods,
        usage=usage,
        requests=100 * pods,
        unready=unready,
        unready_requests=100 * unready,
        missing_requests=(100,) * missing,
    )


@pytest.mark.parametrize(
    ("usage", "pods", "expected"),
    [
        (200, 4, 4),  # 50 % of 50 %
        (220, 4, 4),  # 55 %: ratio 1.1 is within
        (224, 4, 5),  # 56 %: 1.12 x 4 = 4.48
        (223, 4, 4),  # 55.75 % is cut to 55 %
        (180, 4, 4),  # 45 %: 0.9 is within
        (176, 4, 4),  # 44 %: 0.88 x 4 = 3.52, rounded up
        (120, 4, 3),  # 30 %: 0.6 x 4 = 2.4
        (0, 4, 0),
        (1200, 4, 24),  # 300 %
    ],
)
def test_utilization_is_cut_to_whole_percent_and_replicas_are_rounded_up(usage: int, pods: int, expected: int) -> None:
    assert ask(CPU, cpu(usage, pods=pods), pods) == expected


@pytest.mark.parametrize(
    ("totals", "current", "expected"),
    [
        (cpu(300, pods=3, missing=1), 4, 6),  # ratio 2; with one at 0: 75 % / 50 % x 4
        (cpu(180, pods=3, missing=1), 4, 4),  # ratio 1.2; with one at 0: 45 %, within 0.9
        (cpu(168, pods=3, missing=2), 5, 5),  # ratio 1.12 would turn to 0.66
        (cpu(30, pods=3, missing=1), 4, 3),  # ratio 0.2; with one at 100 %: 130 / 400 = 32 %, 0.64 x 4 = 2.56
        (cpu(90, pods=3, missing=1), 4, 4),  # ratio 0.6; 190 / 400 = 47 %, 0.94 is within
        (cpu(120, pods=3, missing=2), 5, 5),  # ratio 0.8; 320 / 500 = 64 % would turn
        (cpu(60, pods=6, missing=2), 2, 2),  # ratio 0.2; 260 / 800 = 32 %, 0.64 x 8 = 6 > 2: turned
        (cpu(150, pods=3, missing=1), 4, 4),  # ratio exactly 1: nothing is assumed
        (cpu(300, pods=3, unready=3), 6, 6),  # ratio 2; 300 / 600 = 50 %
        (cpu(450, pods=3, unready=1), 4, 9),  # 450 / 400 = 112 %, 2.24 x 4 = 8.96
        (cpu(60, pods=3, unready=3), 6, 2),  # ratio 0.4 downwards: unready pods do not count, 1.2
        (cpu(220, pods=2, unready=1), 10, 10),  # 220 / 300 = 73 %, 1.46 x 3 = 5 < 10: turned
        (cpu(200, pods=2, unready=1, missing=1), 4, 4),  # 200 / 400 = 50 %
    ],
)
def test_pods_without_a_metric_and_unready_ones_hold_the_change_back(
    totals: PodTotals, current: int, expected: int
) -> None:
    assert ask(CPU, totals, current) == expected


def test_a_target_above_all_of_the_request_is_what_missing_pods_are_taken_to_use() -> None:
    high = Metric(source=Source.RESOURCE, target=Utilization(200), name="cpu")

    # 30 of 300: ratio 0.05; with one at 200 %: 230 / 400 = 57 %, 0.285 x 4 = 1.14
    assert ask(high, cpu(30, pods=3, missing=1), 4) == 2


@pytest.mark.parametrize(
    ("totals", "current", "expected"),
    [
        (PodTotals(pods=3, counted=3, usage=33_002), 3, 3),  # 11000.67 is cut to 11000: 1.1
        (PodTotals(pods=3, counted=3, usage=33_003), 3, 4),  # 11001: 1.1001 x 3
        (PodTotals(pods=3, counted=2, usage=40_000, missing_requests=(0,)), 3, 4),  # 40000 / 3 = 13333: 3.9999
        (PodTotals(pods=4, counted=2, usage=4_000, missing_requests=(0, 0)), 4, 3),  # (4000+20000) / 4 = 6000: 2.4
        (PodTotals(pods=2, counted=1, usage=30_000, unready=1), 2, 3),  # 15000: 1.5 x 2
        (PodTotals(pods=1, counted=1, usage=10_000, strays=1, stray_usage=30_000), 1, 2),  # 20000: 2 x 1 counted
    ],
)
def test_an_average_of_pods_is_cut_to_thousandths(totals: PodTotals, current: int, expected: int) -> None:
    assert ask(PODS, totals, current) == expected


@pytest.mark.parametrize(
    ("milli", "current", "status", "expected"),
    [
        (300_000, 3, 3, 3),
        (330_000, 3, 3, 3),
        (331_000, 3, 3, 4),
        (269_000, 3, 3, 3),  # 0.897: rounded up to the same
        (200_000, 3, 3, 2),
        (600_000, 6, 3, 6),  # what exists counts, not what was asked for: 2 x 3
        (300_000, 6, 3, 3),
        (0, 3, 3, 0),
        (100, 0, 0, 1),  # without replicas the ratio is infinite
        (0, 0, 0, 0),
        (2**62, 3, 3, INT32_MAX),
    ],
)
def test_an_external_average_is_set_against_the_pods_that_exist(
    milli: int, current: int, status: int, expected: int
) -> None:
    assert ask(RATE, ServiceValue(milli=milli, ready=current, pods=current), current, status=status) == expected


@pytest.mark.parametrize(
    ("milli", "current", "ready", "expected"),
    [
        (20_000, 4, 4, 8),
        (20_000, 4, 3, 6),  # ready pods are multiplied
        (10_900, 4, 3, 4),  # within: the replicas asked for
        (5_000, 4, 4, 2),
        (25_000, 0, 0, 3),  # from zero: the ratio itself
        (10_001, 0, 0, 2),  # no tolerance at zero
        (0, 0, 0, 0),
    ],
)
def test_a_value_of_the_whole_service_multiplies_ready_pods(
    milli: int, current: int, ready: int, expected: int
) -> None:
    assert ask(TOTAL, ServiceValue(milli=milli, ready=ready, pods=max(ready, current)), current) == expected


@pytest.mark.parametrize(
    ("metric", "reading", "reason"),
    [
        (CPU, NoReading("unreachable"), "FailedGetResourceMetric"),
        (CPU, PodTotals(pods=0, counted=0, usage=0), "FailedGetResourceMetric"),
        (CPU, cpu(0, pods=0, unready=2), "FailedGetResourceMetric"),
        (CPU, PodTotals(pods=1, counted=1, usage=5, requests=5, lacks_request=True), "FailedGetResourceMetric"),
        (CPU, PodTotals(pods=1, counted=0, usage=0, strays=1, stray_usage=5), "FailedGetResourceMetric"),
        (PODS, PodTotals(pods=1, counted=0, usage=0, missing_requests=(0,)), "FailedGetPodsMetric"),
        (TOTAL, ServiceValue(milli=90_000, ready=0, pods=0), "FailedGetExternalMetric"),
        (CPU, ServiceValue(milli=1, ready=1, pods=1), "FailedGetResourceMetric"),
        (TOTAL, PodTotals(pods=1, counted=1, usage=1), "FailedGetExternalMetric"),
    ],
)
def test_a_metric_that_says_nothing_names_the_reason(metric: Metric, reading: object, reason: str) -> None:
    found = ask(metric, reading, 1)

    assert isinstance(found, Invalid)
    assert found.reason == reason
    assert found.why


def test_tolerance_has_directions_where_the_cluster_heeds_them() -> None:
    both = Behavior(
        up=Rules(policies=(percent(100, 15),), tolerance=0.0), down=Rules(policies=(percent(100, 15),), tolerance=0.5)
    )
    newer = Config(maximum=9, metrics=(RATE,), behavior=both)
    older = Config(maximum=9, metrics=(RATE,), behavior=both, flags=Flags(has_configurable_tolerance=False))

    assert newer.tolerated() == (0.5, 1.0)
    assert older.tolerated() == (0.9, 1.1)
