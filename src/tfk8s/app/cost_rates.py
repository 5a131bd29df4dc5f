"""How many predictions pods answer, by what one was measured to do: at its knee, and where the autoscaler keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from tfk8s.app.recommend_bench import MeasuredPod, measured_pod
from tfk8s.spec import Autoscaled

if TYPE_CHECKING:
    from tfk8s.load import Bench, Objective
    from tfk8s.spec import ServiceSpec


def rates_of(
    spec: ServiceSpec, bench: Bench, *, objective: Objective | None
) -> tuple[Mapping[str, Decimal], tuple[str, ...]]:
    """Tell the rates of one pod, by what predictions at them are called, and what a reader must know.

    Args:
        spec: of the service.
        bench: the measurement.
        objective: in place of the measurement's own.

    Raises:
        InputError: the measurement is of another model or another pod, or tells nothing.
    """
    models = tuple(model.name for model in spec.served_models)
    measured = measured_pod(bench, models=models, cores=float(spec.resources.cpu.value), objective=objective)
    goal = f"p{measured.goal.percentile:g} within {measured.goal.latency_s * 1000:g} ms"
    rates = {f"predictions at {measured.pod.rate:.4g}/s a pod ({goal})": _exact(measured.pod.rate)}
    target = min(_targets(spec, measured), default=None)
    if target is not None and target < measured.pod.rate:
        rates[f"predictions at {target:.4g}/s a pod (the target of the autoscaler)"] = _exact(target)
    return rates, measured.notes


def _targets(spec: ServiceSpec, measured: MeasuredPod) -> Iterator[float]:
    """Rates of a pod at the targets of the spec, as far as a measurement tells them."""
    metrics = spec.scaling.metrics if isinstance(spec.scaling, Autoscaled) else ()
    for metric in metrics:
        if metric.kind == "cpu" and measured.pod.cpu_share:
            yield measured.pod.rate * metric.cpu / 100 / measured.pod.cpu_share
        elif metric.kind == "requestsPerSecond":
            yield float(metric.requests_per_second.value)


def _exact(rate: float) -> Decimal:
    return Decimal(repr(rate))
