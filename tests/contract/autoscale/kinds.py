"""Courses of the other kinds of metrics: of pods, objects, single containers and memory; tolerance by direction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.contract.autoscale.course import (
    CPU,
    PERCENT,
    PODS,
    QUICK_DOWN,
    Course,
    PodKind,
    config,
    course,
    of_pods,
    rate,
    rules,
)
from tfk8s.autoscale.config import AverageValue, Behavior, Metric, Source, Utilization, Value

_LOADS = [50, 60, 100, 20, 30, 5, None, 200, 90, 45, 50, 10]
_DOWN = Behavior(down=QUICK_DOWN)
_CONTAINER = Metric(source=Source.CONTAINER_RESOURCE, target=Utilization(50), name="cpu", container="c")


def _of_pods(name: str) -> Metric:
    return Metric(source=Source.PODS, target=AverageValue(50), name=f"{name}.depth")


def _of_object(name: str, target: AverageValue | Value) -> Metric:
    return Metric(source=Source.OBJECT, target=target, name=f"{name}.hits")


KINDS: Final[Mapping[str, Course]] = {
    "pods": Course(
        config=config(_of_pods("pods"), behavior=_DOWN),
        start=4,
        pods=(PodKind(count=4), PodKind(count=1, is_ready=False)),
        answers=of_pods(counts={"pods-0": 4, "pods-1": 1}, loads=_LOADS * 2, metric="pods.depth"),
    ),
    "pods-some": Course(
        config=config(_of_pods("pods-some"), behavior=_DOWN),
        start=5,
        pods=(PodKind(count=5),),
        answers=of_pods(counts={"pods-some-0": 3}, loads=_LOADS * 2, metric="pods-some.depth"),
    ),
    "pods-phases": Course(
        config=config(_of_pods("pods-phases"), behavior=_DOWN),
        start=5,
        pods=(
            PodKind(count=3),
            PodKind(count=2, phase="Pending", is_ready=False),
            PodKind(count=1, phase="Failed", is_ready=False),
            PodKind(count=1, phase="Succeeded", is_ready=False),
        ),
        answers=of_pods(
            counts={f"pods-phases-{kind}": count for kind, count in enumerate((3, 1, 1, 1))},
            loads=_LOADS * 2,
            metric="pods-phases.depth",
        ),
    ),
    "cpu-phases": Course(
        config=config(CPU, behavior=_DOWN),
        start=5,
        pods=(
            PodKind(count=3),
            PodKind(count=2, phase="Pending", is_ready=False),
            PodKind(count=1, phase="Failed", is_ready=False),
        ),
        answers=of_pods(counts={f"cpu-phases-{kind}": count for kind, count in enumerate((3, 1, 1))}, loads=_LOADS * 2),
    ),
    "object-value": Course(
        config=config(_of_object("object-value", Value(10_000)), behavior=_DOWN),
        start=4,
        pods=(PodKind(count=3), PodKind(count=2, is_ready=False)),
        answers=[{"object-value.hits": milli} for milli in [10_900, 11_100, 20_000, None, 5_000, 0, 40_000, 9_000] * 3],
    ),
    "object-average": Course(
        config=config(_of_object("object-average", AverageValue(10_000)), behavior=_DOWN),
        start=4,
        answers=[{"object-average.hits": milli} for milli in [43_000, 45_000, 99_999, None, 5_000, 0, 310_000] * 3],
    ),
    "container": Course(
        config=config(_CONTAINER, behavior=_DOWN),
        start=4,
        pods=(PodKind(count=4), PodKind(count=1, age_s=60, ready_s=50, is_ready=False)),
        has_sidecar=True,
        answers=of_pods(counts={"container-0": 3, "container-1": 1}, loads=_LOADS * 2),
    ),
    # 1.34 takes a pod without the container for one that requests nothing of it, 1.37 refuses the metric
    "container-of-some": Course(
        config=config(_CONTAINER, rate("container-of-some"), behavior=_DOWN),
        start=4,
        pods=(PodKind(count=3), PodKind(count=2, container="d")),
        answers=[
            {"container-of-some.rps": load * 1000, **cpu}
            for load, cpu in zip(
                [400, 300, 700, 200] * 5,
                of_pods(counts={"container-of-some-0": 3}, loads=[60, 90, 20, 20, 100] * 4),
                strict=True,
            )
        ],
    ),
    # without a request of every container no percentage: the other metric alone decides, and only upwards
    "no-request": Course(
        config=config(CPU, rate("no-request"), behavior=_DOWN),
        start=4,
        pods=(PodKind(count=4),),
        has_sidecar=True,
        answers=[
            {"no-request.rps": load * 1000, **cpu}
            for load, cpu in zip(
                [400, 300, 700, 200, 900] * 4, of_pods(counts={"no-request-0": 4}, loads=[60] * 20), strict=True
            )
        ],
    ),
    "memory": Course(
        config=config(Metric(source=Source.RESOURCE, target=AverageValue(100_000), name="memory"), behavior=_DOWN),
        start=4,
        pods=(PodKind(count=4), PodKind(count=2, age_s=60, ready_s=50, is_ready=False)),
        answers=of_pods(
            counts={"memory-0": 4, "memory-1": 1},
            loads=[100_000, 109_000, 112_000, 230_000, None, 40_000, 0] * 3,
            metric="memory",
        ),
    ),
    # beyond 100 %, pods without metrics are taken to use the target when the others ask for fewer
    "more-than-all": Course(
        config=config(Metric(source=Source.RESOURCE, target=Utilization(200), name="cpu"), behavior=_DOWN),
        start=5,
        pods=(PodKind(count=5),),
        answers=of_pods(counts={"more-than-all-0": 3}, loads=[200, 260, 120, 60, 20, 400, 180, None, 100] * 2),
    ),
    # heeded by 1.37, dropped by the API server of 1.34
    "tolerance-by-direction": course(
        "tolerance-by-direction",
        [1000, 1049, 1051, 1000, 720, 701, 699, 1000, 1090, 900, 870, 640, 690] * 2,
        behavior=Behavior(
            up=rules((PODS, 50, 1), tolerance=0.05), down=rules((PERCENT, 100, 1), window_s=1, tolerance=0.3)
        ),
        start=10,
    ),
    "no-tolerance": course(
        "no-tolerance",
        [1000, 1001, 1000, 999, 990, 1100, 1101, 1000, 1050, 950] * 2,
        behavior=Behavior(
            up=rules((PODS, 50, 1), tolerance=0.0), down=rules((PERCENT, 100, 1), window_s=1, tolerance=0.0)
        ),
        start=10,
    ),
}
