"""Short ways to say what an autoscaler asks for and reads."""

from __future__ import annotations

from typing import Final

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
)
from tfk8s.autoscale.decide import Decision, Observation, decide
from tfk8s.autoscale.proposal import Reading, Scale, ServiceValue
from tfk8s.autoscale.state import State

PER_POD: Final = 100_000
RATE: Final = Metric(source=Source.EXTERNAL, target=AverageValue(PER_POD), name="rps")


def config(behavior: Behavior | None = None, *, minimum: int = 1, maximum: int = 50) -> Config:
    """An autoscaler on 100 of an external metric per pod."""
    return Config(minimum=minimum, maximum=maximum, metrics=(RATE,), behavior=behavior)


def pods(value: int, period_s: int) -> Policy:
    return Policy(kind=PolicyKind.PODS, value=value, period_s=period_s)


def percent(value: int, period_s: int) -> Policy:
    return Policy(kind=PolicyKind.PERCENT, value=value, period_s=period_s)


def rules(*policies: Policy, select: SelectPolicy = SelectPolicy.MAX, window_s: int = 0) -> Rules:
    return Rules(policies=policies, select=select, window_s=window_s)


def load(replicas: int, *, current: int) -> Reading:
    """An external value that asks for so many replicas exactly."""
    return ServiceValue(milli=replicas * PER_POD, ready=current, pods=current)


def sync(
    state: State, *readings: Reading, asked: Config, current: int, now: float = 0.0, status: int | None = None
) -> Decision:
    """Carry out one sync."""
    scale = Scale(spec=current, status=current if status is None else status)
    return decide(state, Observation(now=now, scale=scale, readings=readings), asked)


def follow(wanted: list[int], *, asked: Config, start: int, step_s: float = 15.0) -> list[int]:
    """Return the replicas after each sync, when the metric asks for these in turn."""
    state, current, found = State(), start, []
    for index, each in enumerate(wanted):
        decision = sync(state, load(each, current=current), asked=asked, current=current, now=index * step_s)
        state, current = decision.state, decision.desired
        found.append(current)
    return found
