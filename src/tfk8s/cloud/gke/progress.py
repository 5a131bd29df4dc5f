"""What GKE says it is doing, as values: the operation's detail, its stages and its metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.cloud.container_v1 import Operation, OperationProgress

_PAIRS = (("nodes done", "nodes total", "nodes"), ("progress", "progress scale", "steps"))
_TOTAL = "_TOTAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """A moment of an operation.

    Attributes:
        reasons: what is going on, as `Waiting` shows it.
        done: of `total` units; both 0 when GKE gives no figures.
    """

    reasons: tuple[str, ...]
    done: int = 0
    total: int = 0
    unit: str = "steps"


def doing(operation: Operation) -> Doing:
    """Read an operation that is not over."""
    from google.cloud.container_v1 import Operation

    words = operation.status.name.lower()
    if operation.status == Operation.Status.PENDING:
        words = "waiting for GKE to begin"
    stages = [_stage(stage) for stage in operation.progress.stages if stage.status == Operation.Status.RUNNING]
    said = (operation.detail,) if operation.detail else tuple(filter(None, stages))
    done, total, unit = _figures(operation.progress)
    return Doing(reasons=said or (words,), done=done, total=total, unit=unit)


def _stage(stage: OperationProgress) -> str:
    return stage.name.replace("_", " ").lower()


def _figures(progress: OperationProgress) -> tuple[int, int, str]:
    """One pair of numbers; GKE names them in three ways, and a stage may have its own."""
    metrics = dict(_numbers(progress))
    for part, whole, unit in _PAIRS:
        if metrics.get(whole, 0.0) > 0:
            scale = 100 if metrics[whole] <= 1 else 1
            return int(metrics.get(part, 0.0) * scale), int(metrics[whole] * scale), unit
    totals = {name: value for name, value in metrics.items() if name.endswith(_TOTAL)}
    done = sum(metrics.get(name.removesuffix(_TOTAL), 0.0) for name in totals)
    return int(done), int(sum(totals.values())), "steps"


def _numbers(progress: OperationProgress) -> Iterator[tuple[str, float]]:
    parts: Sequence[OperationProgress] = [progress, *progress.stages]
    for part in parts:
        for metric in part.metrics:
            yield metric.name, float(metric.int_value or metric.double_value)
