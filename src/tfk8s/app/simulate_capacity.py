"""What one pod can do, for a simulation: as it is said, or as it was measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfk8s.autoscale.capacity import LatencyAt, Surroundings
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfk8s.load import Bench, Step

UNBOUNDED = "no higher rate was tried that broke the objective: one pod may do more than its knee says"
"""Of a knee that nothing bounds."""

EVENLY = 1.001
"""A rate counts as that of the knee within a thousandth: rates are measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a measurement says of one pod.

    Attributes:
        rate: Requests a second that it answers at most.
        latencies: By rate.
        service_s: Time of an answer in the middle.
        cpu_at_full: Processor that it uses at that rate, as a part of its request; `None`: not measured.
        notes: What a reader must know.
    """

    rate: float
    latencies: tuple[LatencyAt, ...]
    service_s: float
    cpu_at_full: float | None
    notes: tuple[str, ...]


def measured(bench: Bench) -> Measured:
    """Read the knee, and the steps up to it.

    Raises:
        InputError: No step tells anything.
    """
    pods = max(bench.pods, 1)
    steps = [step for step in bench.steps if step.set_aside is None and step.latencies is not None]
    if not steps:
        raise InputError(
            f"no step of the measurement of {bench.service} tells anything",
            hint="measure again: tfk8s bench --save FILE",
        )
    notes = list(bench.notes)
    best = max(steps, key=lambda step: step.answered_rps)
    if bench.knee is not None:
        rate, at = bench.knee.rps_per_pod, bench.knee.at
        if bench.knee.beyond is None:
            notes.append(UNBOUNDED)
    else:
        rate, at = best.answered_rps / pods, best
        notes.append("the measurement has no knee: the highest rate that was answered is taken")
    latencies = latencies_of(steps, pods=pods, most=rate * EVENLY)
    cores, request = at.server.cpu_cores, bench.cpu_request_cores
    return Measured(
        rate=rate,
        latencies=latencies,
        service_s=latencies[-1].p50_s if latencies else _p50_s(at),
        cpu_at_full=cores / request if cores and request else None,
        notes=tuple(notes),
    )


def with_measured(around: Surroundings, found: Measured) -> Surroundings:
    """Put a measurement in the place of what is said of pods."""
    return replace(
        around,
        pod_rate=found.rate,
        service_s=found.service_s,
        latencies=found.latencies,
        cpu_at_full=around.cpu_at_full if found.cpu_at_full is None else found.cpu_at_full,
    )


def latencies_of(steps: Iterable[Step], *, pods: int, most: float) -> tuple[LatencyAt, ...]:
    """Return the steps up to the knee by rising rate; beyond it a measurement holds a queue, which is simulated."""
    found: dict[float, LatencyAt] = {}
    for step in steps:
        rate, times = step.answered_rps / pods, step.latencies
        if times is not None and rate <= most:
            found[rate] = LatencyAt(rate, times.p50_s, times.p90_s, times.p95_s, times.p99_s, times.p999_s)
    return tuple(found[rate] for rate in sorted(found))


def _p50_s(step: Step) -> float:
    return step.latencies.p50_s if step.latencies is not None else 0.0
