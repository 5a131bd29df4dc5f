"""Courses at the edges: no scale, no selector, zero replicas, values beyond an int32, counts that others set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.contract.autoscale.course import PERCENT, PODS, QUICK_DOWN, Course, PodKind, config, of_pods, rate, rules
from tests.contract.autoscale.scripted import Answer
from tfk8s.autoscale.config import AverageValue, Behavior, Metric, Source, Utilization, Value
from tfk8s.autoscale.decide import Fault

_DOWN = Behavior(down=QUICK_DOWN)
_BEYOND = 10**16  # thousandths: no int32 holds what they ask for


def _loads(name: str, loads: list[int | None], *, of: str = "rps") -> list[dict[str, Answer]]:
    """Loads of an external average of 100, in hundredths of a pod."""
    return [{f"{name}.{of}": None if load is None else load * 1000} for load in loads]


def _queue(name: str) -> Metric:
    return Metric(source=Source.EXTERNAL, target=Value(10_000), name=f"{name}.queue")


EDGES: Final[Mapping[str, Course]] = {
    "no-scale": Course(
        config=config(rate("no-scale"), behavior=_DOWN),
        start=3,
        answers=_loads("no-scale", [300, 900, 900, 900, 300, 100, 100, 100, 100, 800] * 2),
        faults={0: Fault.NO_SCALE, 2: Fault.NO_SCALE, 5: Fault.NO_SCALE, 6: Fault.NO_SCALE, 13: Fault.NO_SCALE},
    ),
    "no-selector": Course(
        config=config(rate("no-selector"), behavior=_DOWN),
        start=3,
        answers=_loads("no-selector", [300, 900, 900, 900, 300, 100, 100, 100, 100, 800] * 2),
        faults={1: Fault.NO_SELECTOR, 2: Fault.NO_SELECTOR, 7: Fault.NO_SELECTOR, 12: Fault.NO_SELECTOR},
        hands={7: 55},  # out of bounds: mended before the selector is looked at
    ),
    # both to zero and back; 1.37 remembers that it was itself
    "zero": Course(
        config=config(_queue("zero"), behavior=_DOWN, minimum=0),
        start=2,
        pods=(PodKind(count=2),),
        answers=[
            {"zero.queue": milli} for milli in [10_000, 0, 0, 0, 0, 0, 25_000, 10_000, 0, 0, 0, 0, 0, 0, 7_000, 9_500]
        ],
    ),
    "zero-average": Course(
        config=config(rate("zero-average"), behavior=_DOWN, minimum=0),
        start=2,
        answers=_loads("zero-average", [200, 0, 0, 0, 0, 0, 0, 350, 350, 0, 0, 0, 0, None, None, 50, 80]),
    ),
    # somebody else sets it to zero: woken by 1.34, left alone by 1.37
    "zero-by-hand": Course(
        config=config(_queue("zero-by-hand"), behavior=_DOWN, minimum=0),
        start=2,
        pods=(PodKind(count=2),),
        answers=[{"zero-by-hand.queue": milli} for milli in [10_000, 20_000, 20_000, 15_000, 40_000, 40_000] * 3],
        hands={2: 0, 8: 3, 13: 0},
    ),
    "off-by-hand": Course(
        config=config(rate("off-by-hand"), behavior=_DOWN),
        start=3,
        answers=_loads("off-by-hand", [300, 500, 500, 900, 400, 200] * 3),
        hands={2: 0, 6: 2, 12: 0, 14: 1},
    ),
    "by-hand": Course(
        config=config(
            rate("by-hand"),
            behavior=Behavior(up=rules((PODS, 2, 3)), down=rules((PERCENT, 30, 3), window_s=1)),
            minimum=3,
            maximum=12,
        ),
        start=5,
        answers=_loads("by-hand", [500, 600, 700, 800, 900, 1000, 300, 300, 300] * 2),
        hands={2: 30, 6: 1, 11: 14, 14: 2},
    ),
    # 1.34 overflows to the smallest int32 and shrinks, 1.37 takes the largest
    "beyond-value": Course(
        config=config(_queue("beyond-value"), behavior=_DOWN),
        start=4,
        pods=(PodKind(count=3),),
        answers=[{"beyond-value.queue": milli} for milli in [10_000, _BEYOND, 10_000, 10_000, _BEYOND, 20_000] * 2],
    ),
    "beyond-object": Course(
        config=config(
            Metric(source=Source.OBJECT, target=Value(1), name="beyond-object.hits"), behavior=_DOWN, maximum=9
        ),
        start=4,
        pods=(PodKind(count=3),),
        answers=[{"beyond-object.hits": milli} for milli in [1, _BEYOND, 1, 2, _BEYOND, 1] * 2],
    ),
    "beyond-average": Course(
        config=config(
            Metric(source=Source.EXTERNAL, target=AverageValue(1), name="beyond-average.queue"), behavior=_DOWN
        ),
        start=4,
        answers=[{"beyond-average.queue": milli} for milli in [4, _BEYOND, 4, 4, 4, 4, _BEYOND, 6] * 2],
    ),
    # an object's average overflows in both
    "beyond-object-average": Course(
        config=config(
            Metric(source=Source.OBJECT, target=AverageValue(1), name="beyond-object-average.hits"), behavior=_DOWN
        ),
        start=4,
        answers=[{"beyond-object-average.hits": milli} for milli in [4, _BEYOND, 4, 4, 4, 6, _BEYOND, 6] * 2],
    ),
    # three metrics, each with gaps of its own: with a gap the others may only raise
    "three-metrics": Course(
        config=config(
            Metric(source=Source.RESOURCE, target=Utilization(50), name="cpu"),
            rate("three-metrics"),
            Metric(source=Source.OBJECT, target=AverageValue(10_000), name="three-metrics.hits"),
            behavior=_DOWN,
        ),
        start=4,
        pods=(PodKind(count=4),),
        answers=[
            {**cpu, "three-metrics.rps": rps, "three-metrics.hits": hits}
            for cpu, rps, hits in zip(
                of_pods(counts={"three-metrics-0": 4}, loads=[50, 60, None, 90, 10, None] * 4),
                [400_000, None, 700_000, 200_000, None, None, 100_000, 300_000] * 3,
                [40_000, 90_000, None, None, 20_000, 10_000] * 4,
                strict=True,
            )
        ],
    ),
}
