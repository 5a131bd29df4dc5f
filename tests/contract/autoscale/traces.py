"""The courses that the real controller and the model are both taken through.

The controller syncs every 0.4 s; windows and periods are 1, 3 or 5 seconds, which lie half-way between two syncs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.contract.autoscale.scripted import Answer
from tfk8s.autoscale.config import (
    AverageValue,
    Behavior,
    Config,
    Flags,
    Metric,
    Policy,
    PolicyKind,
    Rules,
    SelectPolicy,
    Source,
    Utilization,
    Value,
)

TICK_S: Final = 0.4
# kube-controller-manager is told the same windows
FLAGS: Final = Flags(downscale_stabilization_s=3, has_configurable_tolerance=False)
CPU: Final = Metric(source=Source.RESOURCE, target=Utilization(50), name="cpu")


@dataclass(frozen=True, kw_only=True)
class PodKind:
    """Pods of one kind that a course's service has throughout: each requests 100m of cpu.

    Attributes:
        count: How many.
        age_s: Since their start.
        ready_s: Since their condition Ready last changed.
        is_ready: That condition.
    """

    count: int
    age_s: int = 3600
    ready_s: int = 3500
    is_ready: bool = True


@dataclass(frozen=True, kw_only=True)
class Course:
    """One autoscaler, what its metrics read at each sync, and the pods there are."""

    config: Config
    start: int
    answers: list[dict[str, Answer]]
    pods: tuple[PodKind, ...] = ()


def _rate(name: str) -> Metric:
    return Metric(source=Source.EXTERNAL, target=AverageValue(100_000), name=f"{name}.rps")


def _config(*metrics: Metric, behavior: Behavior | None = None, maximum: int = 40) -> Config:
    return Config(maximum=maximum, metrics=metrics, behavior=behavior, flags=FLAGS)


def _course(name: str, loads: Sequence[int | None], *, behavior: Behavior | None = None, start: int = 1) -> Course:
    """Take an autoscaler on an external average through loads in hundredths of a pod."""
    answers: list[dict[str, Answer]] = [{f"{name}.rps": None if load is None else load * 1000} for load in loads]
    return Course(config=_config(_rate(name), behavior=behavior), start=start, answers=answers)


def _rules(*policies: tuple[PolicyKind, int, int], select: SelectPolicy = SelectPolicy.MAX, window_s: int = 0) -> Rules:
    return Rules(
        policies=tuple(Policy(kind=kind, value=value, period_s=period_s) for kind, value, period_s in policies),
        select=select,
        window_s=window_s,
    )


_PODS, _PERCENT = PolicyKind.PODS, PolicyKind.PERCENT
_QUICK_DOWN = _rules((_PERCENT, 100, 1), window_s=1)
_STEP = [100] * 3 + [2000] * 12 + [100] * 20
_RAMP = [100 + 90 * index for index in range(20)] + [1900 - 120 * index for index in range(16)]
_SPIKE = [300] * 5 + [3000] * 4 + [300] * 20
_SAW = [100 + 150 * (index % 9) for index in range(36)]
_SLOW = Behavior(
    up=_rules((_PODS, 2, 1), (_PERCENT, 50, 3), select=SelectPolicy.MIN),
    down=_rules((_PODS, 1, 1), (_PERCENT, 10, 3), window_s=1),
)


def _cpu(*, counts: Mapping[str, int], loads: list[int | None]) -> list[dict[str, Answer]]:
    """Give each pod of a kind the same load; a kind with a count of fewer pods leaves metrics out."""
    pods = [f"{kind}-{index}" for kind, count in counts.items() for index in range(count)]
    return [{"cpu": None if load is None else dict.fromkeys(pods, load)} for load in loads]


COURSES: Final[Mapping[str, Course]] = {
    "step": _course("step", _STEP),
    "step-behavior": _course("step-behavior", _STEP, behavior=Behavior(down=_QUICK_DOWN)),
    "ramp": _course("ramp", _RAMP, behavior=_SLOW),
    "spike": _course(
        "spike", _SPIKE, behavior=Behavior(up=_rules((_PODS, 9, 1), window_s=1), down=_QUICK_DOWN), start=3
    ),
    "sawtooth": _course("sawtooth", _SAW, behavior=Behavior(down=_rules((_PERCENT, 30, 1), window_s=3))),
    "gaps": _course("gaps", [500, 500, None, None, 900, None, 200] * 4, start=5),
    "no-way-down": _course(
        "no-way-down",
        _SAW,
        behavior=Behavior(down=_rules((_PODS, 1, 1), select=SelectPolicy.DISABLED)),
    ),
    "too-many": Course(
        config=_config(_rate("too-many"), maximum=6, behavior=Behavior(down=_QUICK_DOWN)),
        start=9,
        answers=[{"too-many.rps": load * 1000} for load in _STEP],
    ),
    "two-metrics": Course(
        config=_config(_rate("two-metrics"), CPU),
        start=4,
        pods=(PodKind(count=4),),
        answers=[
            {"two-metrics.rps": load * 1000, **cpu}
            for load, cpu in zip(
                [400, 900, 200, 400, 600] * 5,
                _cpu(counts={"two-metrics-0": 4}, loads=[50, None, None, 90, 10] * 5),
                strict=True,
            )
        ],
    ),
    "value": Course(
        config=_config(Metric(source=Source.EXTERNAL, target=Value(10_000), name="value.queue")),
        start=4,
        pods=(PodKind(count=3), PodKind(count=2, is_ready=False)),
        answers=[{"value.queue": milli} for milli in [10_900, 11_100, 20_000, 5_000, 0, 40_000] * 5],
    ),
    "missing": Course(
        config=_config(CPU, behavior=Behavior(down=_QUICK_DOWN)),
        start=5,
        pods=(PodKind(count=5),),
        answers=_cpu(counts={"missing-0": 3}, loads=[50, 60, 100, 20, 30, 5, None, 200] * 4),
    ),
    "unready": Course(
        config=_config(CPU, behavior=Behavior(down=_QUICK_DOWN)),
        start=6,
        pods=(
            PodKind(count=3),
            PodKind(count=2, age_s=60, ready_s=50, is_ready=False),
            PodKind(count=1, age_s=60, ready_s=40),
            PodKind(count=1, age_s=3600, ready_s=3590, is_ready=False),
            PodKind(count=1, is_ready=False),
        ),
        answers=_cpu(
            counts={f"unready-{kind}": count for kind, count in enumerate((3, 2, 1, 1, 1))},
            loads=[50, 60, 100, 20, 30, 5, None, 200] * 4,
        ),
    ),
    "night": _course("night", [2000] * 6 + [10] * 16 + [1500] * 10, behavior=Behavior(down=_QUICK_DOWN), start=20),
    "no-way-up": _course(
        "no-way-up",
        _SAW[8:],
        behavior=Behavior(up=_rules((_PODS, 4, 1), select=SelectPolicy.DISABLED), down=_QUICK_DOWN),
        start=9,
    ),
    "default-window": _course("default-window", _STEP, behavior=Behavior(up=_rules((_PERCENT, 40, 1)))),
    "both-windows": _course(
        "both-windows",
        [500, 900, 900, 900, 100, 900, 900, 900, 900, 200, 200, 200, 900, 200, 200, 200, 200, 200, 200, 200] * 2,
        behavior=Behavior(up=_rules((_PODS, 9, 1), window_s=1), down=_rules((_PERCENT, 100, 1), window_s=3)),
        start=5,
    ),
    "least-change-down": _course(
        "least-change-down",
        [3000] + [100] * 34,
        behavior=Behavior(down=_rules((_PODS, 3, 1), (_PERCENT, 20, 3), select=SelectPolicy.MIN)),
        start=30,
    ),
    "up-and-down": _course(
        "up-and-down",
        [2000, 200, 2000, 200, 900, 100] * 6,
        behavior=Behavior(up=_rules((_PODS, 3, 1), (_PERCENT, 30, 5)), down=_rules((_PODS, 5, 1), (_PODS, 8, 3))),
        start=6,
    ),
    "too-few": Course(
        config=Config(minimum=4, maximum=30, metrics=(_rate("too-few"),), flags=FLAGS),
        start=2,
        answers=[{"too-few.rps": load * 1000} for load in [300, 200, 500, 3600, *[100] * 14]],
    ),
    "average-of-pods": Course(
        config=_config(
            Metric(source=Source.RESOURCE, target=AverageValue(70), name="cpu"), behavior=Behavior(down=_QUICK_DOWN)
        ),
        start=6,
        pods=(PodKind(count=4), PodKind(count=2, age_s=60, ready_s=50, is_ready=False)),
        answers=_cpu(
            counts={"average-of-pods-0": 3, "average-of-pods-1": 1}, loads=[70, 90, 150, 40, 10, None, 300] * 4
        ),
    ),
    "tolerance": _course("tolerance", [1000, 1099, 1101, 1000, 989, 991, 900, 1210, 1211, 1089, 1090] * 3, start=10),
}
