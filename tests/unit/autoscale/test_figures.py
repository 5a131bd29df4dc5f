"""Courses in figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.app.courses import COURSE
from tfk8s.autoscale.figures import changes_of, figures_of
from tfk8s.autoscale.simulate import Course, Reason

WHY = Reason(4, 0, "SucceededRescale", "TooManyReplicas")
LONG: Course = replace(
    COURSE,
    rates=[100.0, 300.0, 300.0, 100.0, 300.0],
    replicas=[2, 4, 4, 3, 4],
    ready=[2, 2, 4, 4, 3],
    nodes=[1, 1, 2, 2, 1],
    latency_s=[0.05, 2.5, 0.1, 0.05, 0.2],
    dropped=[0.0, 1500.0, 0.0, 0.0, 0.0],
    late=[0.0, 1000.0, 0.0, 0.0, 200.0],
    reasons=[WHY] * 5,
    requests=16_500.0,
    pod_hours=17 * 15 / 3600,
)


def test_figures_are_sums_and_extremes_over_time() -> None:
    found = figures_of(LONG, maximum=4, pod_rate=80)

    assert (found.fewest, found.mean, found.most) == (2, 3.4, 4)
    assert (found.ups, found.downs, found.at_most_s) == (2, 1, 45)
    # 300 a second with two pods, and again with three: never longer than a step at a time
    assert found.short_s == 15
    assert found.node_hours == pytest.approx(7 * 15 / 3600)
    assert found.late_share == pytest.approx(1200 / 16_500)
    assert found.dropped_share == pytest.approx(1500 / 16_500)
    assert found.beyond_share == pytest.approx(2700 / 16_500)
    assert found.slowest_s == 2.5


def test_without_a_bound_nothing_is_late() -> None:
    found = figures_of(replace(LONG, late=[]), maximum=4, pod_rate=80)

    assert (found.late_share, found.beyond_share) == (None, None)


def test_traffic_of_nothing_loses_nothing() -> None:
    still = replace(LONG, rates=[0.0] * 5, dropped=[0.0] * 5, late=[0.0] * 5, requests=0.0)
    found = figures_of(still, maximum=9, pod_rate=80)

    assert (found.beyond_share, found.short_s, found.at_most_s) == (0, 0, 0)


def test_each_change_is_told_with_what_was_there_before_it() -> None:
    assert [(each.at_s, each.rate, each.ready, each.before, each.after) for each in changes_of(LONG)] == [
        (30, 300, 2, 2, 4),
        (60, 100, 4, 4, 3),
        (75, 300, 3, 3, 4),
    ]
    assert changes_of(LONG)[0].reason == WHY
