"""What a course of the proof is made of, and short ways to write one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.contract.autoscale.scripted import Answer
from tfk8s.autoscale.config import (
    AverageValue,
    Behavior,
    Config,
    Metric,
    Policy,
    PolicyKind,
    Rules,
    SelectPolicy,
    Source,
    Utilization,
)
from tfk8s.autoscale.decide import Fault

TICK_S: Final = 0.4
DOWN_S: Final = 3  # kube-controller-manager is told the same window
CPU: Final = Metric(source=Source.RESOURCE, target=Utilization(50), name="cpu")


@dataclass(frozen=True, kw_only=True)
class PodKind:
    """Pods of one kind that a course's service has throughout: each requests 100m of cpu.

    Attributes:
        count: How many.
        age_s: Since their start.
        ready_s: Since their condition Ready last changed.
        is_ready: That condition.
        phase: `status.phase`.
        container: Name of the container; metrics of containers look for `c`.
    """

    count: int
    age_s: int = 3600
    ready_s: int = 3500
    is_ready: bool = True
    phase: str = "Running"
    container: str = "c"


@dataclass(frozen=True, kw_only=True)
class Course:
    """One autoscaler, what its metrics read at each sync, and the pods there are.

    Attributes:
        config: The autoscaler; the flags are those of the release under test.
        start: Replicas at the beginning.
        answers: For each sync, from a metric's name to its value.
        pods: Throughout.
        has_sidecar: Whether each pod has a second container, which uses 900m of cpu and requests nothing.
        faults: By the number of the sync: what keeps it from asking for metrics.
        hands: By the number of the sync: replicas that somebody else has set before it.
    """

    config: Config
    start: int
    answers: list[dict[str, Answer]]
    pods: tuple[PodKind, ...] = ()
    has_sidecar: bool = False
    faults: Mapping[int, Fault] = field(default_factory=dict)
    hands: Mapping[int, int] = field(default_factory=dict)


def rate(name: str) -> Metric:
    return Metric(source=Source.EXTERNAL, target=AverageValue(100_000), name=f"{name}.rps")


def config(*metrics: Metric, behavior: Behavior | None = None, minimum: int = 1, maximum: int = 40) -> Config:
    return Config(minimum=minimum, maximum=maximum, metrics=metrics, behavior=behavior)


def course(name: str, loads: Sequence[int | None], *, behavior: Behavior | None = None, start: int = 1) -> Course:
    """Take an autoscaler on an external average through loads in hundredths of a pod."""
    answers: list[dict[str, Answer]] = [{f"{name}.rps": None if load is None else load * 1000} for load in loads]
    return Course(config=config(rate(name), behavior=behavior), start=start, answers=answers)


def rules(
    *policies: tuple[PolicyKind, int, int],
    select: SelectPolicy = SelectPolicy.MAX,
    window_s: int = 0,
    tolerance: float | None = None,
) -> Rules:
    return Rules(
        policies=tuple(Policy(kind=kind, value=value, period_s=period_s) for kind, value, period_s in policies),
        select=select,
        window_s=window_s,
        tolerance=tolerance,
    )


PODS: Final = PolicyKind.PODS
PERCENT: Final = PolicyKind.PERCENT
QUICK_DOWN: Final = rules((PERCENT, 100, 1), window_s=1)


def of_pods(*, counts: Mapping[str, int], loads: Sequence[int | None], metric: str = "cpu") -> list[dict[str, Answer]]:
    """Give each pod of a kind the same load; a kind with a count of fewer pods leaves metrics out."""
    named = [f"{kind}-{index}" for kind, count in counts.items() for index in range(count)]
    return [{metric: None if load is None else dict.fromkeys(named, load)} for load in loads]
