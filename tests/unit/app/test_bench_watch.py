from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tests.unit.app.bench_stage import BenchStage, a_pod
from tfk8s.app.bench_watch import Look, PodsWatch, Usage, server_side, usage_of, usage_within
from tfk8s.manifest import JsonObject
from tfk8s.ports import Endpoint
from tfk8s.rollout.traffic import Traffic

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def a_usage(name: str, *, window: str = "15s", cpu: str = "250m") -> JsonObject:
    return {
        "apiVersion": "metrics.k8s.io/v1beta1",
        "kind": "PodMetrics",
        "metadata": {"name": name, "namespace": "serving", "labels": {"app": "resnet"}},
        "timestamp": "2026-01-01T12:00:00Z",
        "window": window,
        "containers": [{"name": "server", "usage": {"cpu": cpu}}, {"name": "agent", "usage": {"cpu": "50m"}}],
    }


def watch(stage: BenchStage) -> PodsWatch:
    service = stage.world().service
    assert service is not None
    return service.watch(Endpoint(transport="rest", host="10.0.0.7", port=8501, how=stage.how), model="m")


def test_a_look_counts_ready_pods_and_reads_their_servers() -> None:
    stage = BenchStage(pods=("resnet-a", "resnet-b"))
    stage.cluster.put(a_pod("resnet-c", is_ready=False))
    stage.unread.add("resnet-b")

    look = watch(stage).look()

    assert look.ready == ("resnet-a", "resnet-b")
    assert [*look.traffic] == ["resnet-a"]
    assert look.problems == ("Pod/resnet-b: there are no metrics",)


def test_processor_is_what_all_containers_of_a_pod_used_over_the_window() -> None:
    stage = BenchStage()
    stage.cluster.put(a_usage("resnet-a"))

    (usage,) = watch(stage).look().usage.values()

    assert usage == Usage(start=NOON - timedelta(seconds=15), end=NOON, cores=0.3)


@pytest.mark.parametrize(
    ("window", "seconds"), [("15s", 15.0), ("14.25s", 14.25), ("1m0.5s", 60.5), ("500ms", 0.5), ("", None)]
)
def test_windows_are_durations_of_go(window: str, seconds: float | None) -> None:
    usage = usage_of(a_usage("resnet-a", window=window))

    assert (None if usage is None else (usage.end - usage.start).total_seconds()) == seconds


def test_without_the_right_to_read_it_processor_is_not_known() -> None:
    stage = BenchStage()
    stage.cluster.put(a_usage("resnet-a"))
    stage.cluster.forbidden = frozenset({"PodMetrics"})

    assert watch(stage).look().usage == {}


def test_a_window_that_began_before_the_step_tells_nothing_of_it() -> None:
    look = Look(usage={"a": Usage(start=NOON, end=NOON + timedelta(seconds=15), cores=1.0)})

    def within(start_s: float, end_s: float) -> int:
        start, end = NOON + timedelta(seconds=start_s), NOON + timedelta(seconds=end_s)
        return len(usage_within(look, start=start, end=end))

    assert (within(-1, 16), within(1, 16), within(-1, 14)) == (1, 0, 0)


def a_look(*pods: str, **latencies: int) -> Look:
    buckets = {float(bound.lstrip("b")): count for bound, count in latencies.items()}
    return Look(ready=pods, traffic={pod: Traffic(latencies=buckets, errors={"INTERNAL": 1}) for pod in pods})


def test_what_was_counted_between_two_looks_is_that_of_all_pods() -> None:
    side = server_side(a_look("a", "b", b1000=10), a_look("a", "b", b1000=60, b200000=50))

    assert (side.answered, side.failed) == (200, 0)
    assert (side.p50_s, side.p99_s) == (0.001, 0.2)
    assert side.answered_by_pod == {"a": 100, "b": 100}


def test_of_a_pod_that_was_not_there_before_nothing_is_told() -> None:
    assert server_side(a_look("a", b1000=10), a_look("a", "b", b1000=20)).answered is None


def test_processor_of_a_pod_is_the_mean_of_all() -> None:
    usage = [Usage(start=NOON, end=NOON, cores=cores) for cores in (0.5, 1.5)]

    assert server_side(Look(), Look(), usage=usage).cpu_cores == 1.0
