"""Courses of load that the real controller and the model are both taken through: external metrics, and cpu.

The controller syncs every 0.4 s; windows and periods are 1, 3 or 5 seconds, which lie half-way between two syncs that
are not late.
"""

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
from tfk8s.autoscale.config import AverageValue, Behavior, Config, Metric, SelectPolicy, Source, Value

_STEP = [100] * 3 + [2000] * 12 + [100] * 20
_RAMP = [100 + 90 * index for index in range(20)] + [1900 - 120 * index for index in range(16)]
_SPIKE = [300] * 5 + [3000] * 4 + [300] * 20
_SAW = [100 + 150 * (index % 9) for index in range(36)]
_SLOW = Behavior(
    up=rules((PODS, 2, 1), (PERCENT, 50, 3), select=SelectPolicy.MIN),
    down=rules((PODS, 1, 1), (PERCENT, 10, 3), window_s=1),
)


TRACES: Final[Mapping[str, Course]] = {
    "step": course("step", _STEP),
    "step-behavior": course("step-behavior", _STEP, behavior=Behavior(down=QUICK_DOWN)),
    "ramp": course("ramp", _RAMP, behavior=_SLOW),
    "spike": course("spike", _SPIKE, behavior=Behavior(up=rules((PODS, 9, 1), window_s=1), down=QUICK_DOWN), start=3),
    "sawtooth": course("sawtooth", _SAW, behavior=Behavior(down=rules((PERCENT, 30, 1), window_s=3))),
    "gaps": course("gaps", [500, 500, None, None, 900, None, 200] * 4, start=5),
    "no-way-down": course(
        "no-way-down",
        _SAW,
        behavior=Behavior(down=rules((PODS, 1, 1), select=SelectPolicy.DISABLED)),
    ),
    "too-many": Course(
        config=config(rate("too-many"), maximum=6, behavior=Behavior(down=QUICK_DOWN)),
        start=9,
        answers=[{"too-many.rps": load * 1000} for load in _STEP],
    ),
    "two-metrics": Course(
        config=config(rate("two-metrics"), CPU),
        start=4,
        pods=(PodKind(count=4),),
        answers=[
            {"two-metrics.rps": load * 1000, **cpu}
            for load, cpu in zip(
                [400, 900, 200, 400, 600] * 5,
                of_pods(counts={"two-metrics-0": 4}, loads=[50, None, None, 90, 10] * 5),
                strict=True,
            )
        ],
    ),
    "value": Course(
        config=config(Metric(source=Source.EXTERNAL, target=Value(10_000), name="value.queue")),
        start=4,
        pods=(PodKind(count=3), PodKind(count=2, is_ready=False)),
        answers=[{"value.queue": milli} for milli in [10_900, 11_100, 20_000, 5_000, 0, 40_000] * 5],
    ),
    "missing": Course(
        config=config(CPU, behavior=Behavior(down=QUICK_DOWN)),
        start=5,
        pods=(PodKind(count=5),),
        answers=of_pods(counts={"missing-0": 3}, loads=[50, 60, 100, 20, 30, 5, None, 200] * 4),
    ),
    "unready": Course(
        config=config(CPU, behavior=Behavior(down=QUICK_DOWN)),
        start=6,
        pods=(
            PodKind(count=3),
            PodKind(count=2, age_s=60, ready_s=50, is_ready=False),
            PodKind(count=1, age_s=60, ready_s=40),
            PodKind(count=1, age_s=3600, ready_s=3590, is_ready=False),
            PodKind(count=1, is_ready=False),
        ),
        answers=of_pods(
            counts={f"unready-{kind}": count for kind, count in enumerate((3, 2, 1, 1, 1))},
            loads=[50, 60, 100, 20, 30, 5, None, 200] * 4,
        ),
    ),
    "night": course("night", [2000] * 6 + [10] * 16 + [1500] * 10, behavior=Behavior(down=QUICK_DOWN), start=20),
    "no-way-up": course(
        "no-way-up",
        _SAW[8:],
        behavior=Behavior(up=rules((PODS, 4, 1), select=SelectPolicy.DISABLED), down=QUICK_DOWN),
        start=9,
    ),
    "default-window": course("default-window", _STEP, behavior=Behavior(up=rules((PERCENT, 40, 1)))),
    "both-windows": course(
        "both-windows",
        [500, 900, 900, 900, 100, 900, 900, 900, 900, 200, 200, 200, 900, 200, 200, 200, 200, 200, 200, 200] * 2,
        behavior=Behavior(up=rules((PODS, 9, 1), window_s=1), down=rules((PERCENT, 100, 1), window_s=3)),
        start=5,
    ),
    "least-change-down": course(
        "least-change-down",
        [3000] + [100] * 34,
        behavior=Behavior(down=rules((PODS, 3, 1), (PERCENT, 20, 3), select=SelectPolicy.MIN)),
        start=30,
    ),
    "up-and-down": course(
        "up-and-down",
        [2000, 200, 2000, 200, 900, 100] * 6,
        behavior=Behavior(up=rules((PODS, 3, 1), (PERCENT, 30, 5)), down=rules((PODS, 5, 1), (PODS, 8, 3))),
        start=6,
    ),
    "too-few": Course(
        config=Config(minimum=4, maximum=30, metrics=(rate("too-few"),)),
        start=2,
        answers=[{"too-few.rps": load * 1000} for load in [300, 200, 500, 3600, *[100] * 14]],
    ),
    "average-of-pods": Course(
        config=config(
            Metric(source=Source.RESOURCE, target=AverageValue(70), name="cpu"), behavior=Behavior(down=QUICK_DOWN)
        ),
        start=6,
        pods=(PodKind(count=4), PodKind(count=2, age_s=60, ready_s=50, is_ready=False)),
        answers=of_pods(
            counts={"average-of-pods-0": 3, "average-of-pods-1": 1}, loads=[70, 90, 150, 40, 10, None, 300] * 4
        ),
    ),
    "tolerance": course("tolerance", [1000, 1099, 1101, 1000, 989, 991, 900, 1210, 1211, 1089, 1090] * 3, start=10),
}
