"""Targets that no load reaches: a pod at its limit shows less, so that the metric never asks for more pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.autoscale.config import AverageValue, Utilization
from tfk8s.autoscale.metering import Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfk8s.autoscale.capacity import Surroundings
    from tfk8s.autoscale.config import Config, Metric
    from tfk8s.autoscale.metering import Meter


def out_of_reach(config: Config, meters: tuple[Meter, ...], around: Surroundings) -> Iterator[str]:
    """Yield a note for each metric whose target, with its tolerance, a full pod does not pass."""
    tolerated = config.tolerated()[1]
    for metric, meter in zip(config.metrics, meters, strict=True):
        found = _most(metric, meter, around)
        if found is not None and found[0] <= found[1] * tolerated:
            most, target, words = found
            yield (
                f"{metric.name} never asks for more pods: a full pod shows {most:.4g} {words}, "
                f"which does not pass its target of {target:.4g} with the tolerance"
            )


def _most(metric: Metric, meter: Meter, around: Surroundings) -> tuple[float, float, str] | None:
    """Return what a full pod shows, the target, and the unit; None where a pod has no limit of it."""
    target = metric.target
    if isinstance(target, Utilization):
        is_cpu = meter.signal is Signal.CPU
        return (around.cpu_at_full * 100, target.percent, "% of its request") if is_cpu else None
    if not isinstance(target, AverageValue):
        return None
    wanted = target.milli / 1000
    if meter.signal is Signal.ANSWERED:
        return around.pod_rate, wanted, "requests/s"
    if meter.signal is Signal.IN_FLIGHT and around.threads:
        return around.threads, wanted, "requests in flight"
    return None
