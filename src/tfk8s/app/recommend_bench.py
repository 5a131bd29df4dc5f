"""From a measurement to what one pod can do within an objective; a measurement that tells nothing of it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from tfk8s.app.simulate_capacity import EVENLY, UNBOUNDED, latencies_of
from tfk8s.autoscale.candidates import PodCapacity
from tfk8s.autoscale.recommend import Goal
from tfk8s.errors import InputError
from tfk8s.load import Bench, Objective, Step

_AGAIN = "measure one pod of this service: tfk8s bench --objective p95=300ms --save bench.json"
_SAME_CORES = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPod:
    """One pod within an objective.

    Attributes:
        pod: What it does.
        goal: The objective.
        notes: What a reader must know of the measurement.
    """

    pod: PodCapacity
    goal: Goal
    notes: tuple[str, ...] = ()


def measured_pod(
    bench: Bench, *, models: tuple[str, ...], cores: float, objective: Objective | None = None
) -> MeasuredPod:
    """Read what one pod can do.

    Args:
        bench: The measurement.
        models: Those of the service's spec.
        cores: What the spec gives a pod.
        objective: Instead of the measurement's own.

    Raises:
        InputError: Another model's or another pod's measurement, one without an objective or a knee, or an objective
            that no number of pods keeps.
    """
    _refuse_another(bench, models=models, cores=cores)
    wanted = objective or bench.objective
    if wanted is None:
        raise InputError(
            f"the measurement of {bench.service} has no objective, so it has no knee",
            hint=f"give --objective p95=300ms here, or {_AGAIN}",
        )
    step, beyond = _knee(bench, wanted)
    latency_s = _latency_s(step, wanted.percentile)
    assert latency_s is not None  # noqa: S101 - it kept the objective
    rate = _rate(bench, step, wanted)
    counted = [each for each in bench.steps if each.set_aside is None]
    cores_used, reckoned = _cores_used(step, counted)
    pod = PodCapacity(
        rate=rate,
        latency_s=latency_s,
        cpu_cores=cores_used,
        request_cores=bench.cpu_request_cores or cores,
        latencies=latencies_of(counted, pods=bench.pods, most=rate * EVENLY),
    )
    goal = Goal(percentile=wanted.percentile, latency_s=wanted.latency_s, error_share=wanted.error_share)
    notes = (*bench.notes, *reckoned)
    if beyond is None:
        notes = (*notes, UNBOUNDED)
    return MeasuredPod(pod=pod, goal=goal, notes=notes)


def _cores_used(step: Step, counted: list[Step]) -> tuple[float | None, tuple[str, ...]]:
    """Processor of one pod at the knee; in proportion from the step next to it, where it has no figure itself."""
    if step.server.cpu_cores is not None:
        return step.server.cpu_cores, ()
    known = [each for each in counted if each.server.cpu_cores is not None and each.answered]
    if not known:
        return None, ()
    near = min(known, key=lambda each: abs(each.answered_rps - step.answered_rps))
    cores = (near.server.cpu_cores or 0.0) * step.answered_rps / near.answered_rps
    note = (
        f"the step at the knee has no figure of the processor: {cores:.3g} cores are reckoned from "
        f"{near.answered_rps:.3g} requests/s; longer steps (tfk8s bench --duration 60s) have one"
    )
    return cores, (note,)


def _refuse_another(bench: Bench, *, models: tuple[str, ...], cores: float) -> None:
    if bench.model not in models:
        raise InputError(
            f"the measurement is of the model {bench.model} of {bench.service}, and the spec has {', '.join(models)}",
            hint=_AGAIN,
        )
    if bench.pods < 1:
        raise InputError(f"the measurement of {bench.service} names no pod that answered", hint=_AGAIN)
    measured = bench.cpu_request_cores
    if measured is not None and abs(measured - cores) > _SAME_CORES * cores:
        raise InputError(
            f"the measurement is of pods with {measured:g} cores, and the spec gives them {cores:g}",
            hint=f"a pod's rate follows its processor: {_AGAIN}",
        )


def _rate(bench: Bench, step: Step, wanted: Objective) -> float:
    if bench.knee is not None and bench.knee.at == step and wanted == bench.objective:
        return bench.knee.rps_per_pod
    return step.answered_rps / bench.pods


def _knee(bench: Bench, wanted: Objective) -> tuple[Step, Step | None]:
    """Return the highest rate that kept the objective, none below it having broken it, and the next one that did."""
    if wanted == bench.objective and bench.knee is not None:
        return bench.knee.at, bench.knee.beyond
    counted = sorted((step for step in bench.steps if step.set_aside is None), key=lambda step: step.asked_rps)
    if not counted:
        why = next((f": {step.set_aside}" for step in reversed(bench.steps) if step.set_aside is not None), "")
        raise InputError(f"no step of the measurement of {bench.service} tells anything{why}", hint=_AGAIN)
    kept = list(takewhile(lambda step: _keeps(step, wanted), counted))
    if not kept:
        raise InputError(_why_none(counted[0], wanted), hint=_hint_for(counted[0], wanted))
    return kept[-1], counted[len(kept)] if len(kept) < len(counted) else None


def _why_none(step: Step, wanted: Objective) -> str:
    latency_s = _latency_s(step, wanted.percentile)
    found = "nothing was answered" if latency_s is None else f"it was {latency_s * 1000:.4g} ms"
    return (
        f"the measurement has no knee: {wanted.percentile:g} % within {wanted.latency_s * 1000:.4g} ms are wanted, and "
        f"at the lowest rate, {step.asked_rps:g} requests/s, {found}, with {step.failed_share * 100:.3g} % failed"
    )


def _hint_for(step: Step, wanted: Objective) -> str:
    if step.latencies is not None and step.latencies.p50_s > wanted.latency_s:
        return (
            f"half of the answers alone take {step.latencies.p50_s * 1000:.4g} ms: no number of pods makes them "
            "faster; allow more time, or give a pod more processor"
        )
    return f"measure lower rates too, or allow more time: {_AGAIN}"


def _keeps(step: Step, wanted: Objective) -> bool:
    latency_s = _latency_s(step, wanted.percentile)
    return latency_s is not None and latency_s <= wanted.latency_s and step.failed_share <= wanted.error_share


def _latency_s(step: Step, percentile: float) -> float | None:
    """The latency of so many percent of the answers, from the histogram; a bucket is less than 1/128 wide."""
    if step.latencies is None or not step.histogram:
        return step.objective_s
    rank, seen = sum(step.histogram.values()) * percentile / 100, 0
    for bound_s, count in sorted(step.histogram.items()):
        seen += count
        if seen >= rank - 1e-9:
            return min(bound_s, step.latencies.max_s)
    return step.latencies.max_s
