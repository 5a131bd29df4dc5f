"""Which pods count."""

from __future__ import annotations

import pytest

from tfk8s.autoscale.config import Flags
from tfk8s.autoscale.pods import Phase, Pod, PodTotals, Readiness, Sample, ready_pods, total

FLAGS = Flags(cpu_initialization_s=300, initial_readiness_delay_s=30)


def one(pod: Pod, sample: Sample | None, *, is_cpu: bool = True, now: float = 1000.0) -> str:
    """Tell where a pod is sorted."""
    found = total([pod], {} if sample is None else {pod.name: sample}, now=now, flags=FLAGS, is_cpu=is_cpu)
    places = {"counted": found.counted, "unready": found.unready, "missing": len(found.missing_requests)}
    return next((place for place, count in places.items() if count), "ignored")


SAMPLE = Sample(milli=50, taken_at=990.0, window_s=30.0)
FALSE = Readiness.FALSE


@pytest.mark.parametrize(
    ("pod", "sample", "expected"),
    [
        (Pod(name="a"), SAMPLE, "counted"),
        (Pod(name="a"), None, "missing"),
        (Pod(name="a", is_leaving=True), SAMPLE, "ignored"),
        (Pod(name="a", phase=Phase.FAILED), SAMPLE, "ignored"),
        (Pod(name="a", phase=Phase.PENDING), SAMPLE, "unready"),
        (Pod(name="a", phase=Phase.PENDING), None, "unready"),
        (Pod(name="a", readiness=Readiness.ABSENT), SAMPLE, "unready"),
        (Pod(name="a", started_at=None), SAMPLE, "unready"),
        # within five minutes of the start: ready, and a sample that began afterwards
        (Pod(name="a", started_at=900, readiness_since=960), SAMPLE, "counted"),
        (Pod(name="a", started_at=900, readiness_since=961), SAMPLE, "unready"),
        (Pod(name="a", started_at=900, readiness=FALSE, readiness_since=900), SAMPLE, "unready"),
        # afterwards: only a pod that has never been ready
        (Pod(name="a", started_at=700, readiness=FALSE, readiness_since=729), SAMPLE, "unready"),
        (Pod(name="a", started_at=700, readiness=FALSE, readiness_since=730), SAMPLE, "counted"),
        (Pod(name="a", started_at=700, readiness_since=999), SAMPLE, "counted"),
    ],
)
def test_cpu_counts_by_readiness_and_age(pod: Pod, sample: Sample | None, expected: str) -> None:
    assert one(pod, sample) == expected


def test_other_metrics_count_whether_ready_or_not() -> None:
    assert one(Pod(name="a", readiness=FALSE, started_at=999), SAMPLE, is_cpu=False) == "counted"


def test_totals_sum_each_group_and_keep_what_the_selector_does_not_find() -> None:
    found = total(
        [
            Pod(name="a", request_milli=100),
            Pod(name="b", request_milli=200),
            Pod(name="c", request_milli=300),
            Pod(name="d", request_milli=400, phase=Phase.PENDING),
            Pod(name="e", request_milli=None, is_leaving=True),
        ],
        {"a": Sample(milli=10), "b": Sample(milli=20), "e": Sample(milli=30), "z": Sample(milli=40)},
        now=1000,
        flags=FLAGS,
    )

    assert found == PodTotals(
        pods=5,
        counted=2,
        usage=30,
        requests=300,
        unready=1,
        unready_requests=400,
        missing_requests=(300,),
        strays=1,
        stray_usage=40,
        lacks_request=True,
    )


def test_only_running_and_ready_pods_multiply_a_service_value() -> None:
    pods = [
        Pod(name="a"),
        Pod(name="b", readiness=FALSE),
        Pod(name="c", phase=Phase.PENDING),
        Pod(name="d", is_leaving=True),
    ]

    assert ready_pods(pods) == 2
