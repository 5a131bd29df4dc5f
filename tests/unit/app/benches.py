"""Measurements made by hand: a pod that answers 10 requests a second within half a second, and 14 no more."""

from __future__ import annotations

from dataclasses import replace

from tfk8s.load import Bench, Knee, Objective, Outcome, ServerSide, Step, step_of

OBJECTIVE = Objective(percentile=95, latency_s=0.5)


def step(rps: float, *, latency_s: float, cores: float | None = 0.4, failed: int = 0) -> Step:
    """A step whose answers all took this long."""
    outcomes = [
        Outcome(index / rps, index / rps, index / rps + latency_s, failure="timeout" if index < failed else "")
        for index in range(int(rps * 20))
    ]
    return step_of(outcomes, rps=rps, seconds=20, objective=OBJECTIVE, pods=(1, 1), server=ServerSide(cpu_cores=cores))


SLOW, KNEE, BEYOND = step(5, latency_s=0.1, cores=0.2), step(10, latency_s=0.2), step(14, latency_s=0.9)
BENCH = Bench(
    service="serving/resnet",
    model="resnet",
    version=1,
    protocol="rest",
    arrivals="poisson",
    pods=1,
    cpu_request_cores=0.5,
    started_at="2026-01-31T12:00:00Z",
    objective=OBJECTIVE,
    steps=(SLOW, KNEE, BEYOND),
    knee=Knee(rps_per_pod=10, at=KNEE, beyond=BEYOND),
)


def without_knee(*steps: Step) -> Bench:
    """The measurement with these steps alone, none of which was called a knee."""
    return replace(BENCH, steps=steps, knee=None)
