"""Follows an autoscaled Deployment and writes a line whenever something about it changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.demo.load import Load
from tests.demo.stage import say
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.fields import integer_at, object_at, objects_at
from tfk8s.ports import Cluster

_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What the autoscaler sees and wants; `cpu_percent` is None while it has no figure."""

    cpu_percent: int | None
    pods: int
    wanted: int
    ready: int

    def __str__(self) -> str:
        """As the demo shows it."""
        cpu = "no figure" if self.cpu_percent is None else f"{self.cpu_percent}%"
        return f"cpu {cpu:>9}   pods {self.pods}, wanted {self.wanted}, ready {self.ready}"


def look(cluster: Cluster, *, name: str, namespace: str) -> Scale:
    """Read the autoscaler and the Deployment. A metric that cannot be had is listed without a figure."""
    scaler = cluster.get(_ref("autoscaling/v2", "HorizontalPodAutoscaler", name, namespace)) or {}
    deployment = cluster.get(_ref("apps/v1", "Deployment", name, namespace)) or {}
    read = [object_at(metric, "resource", "current") for metric in objects_at(scaler, "status", "currentMetrics")]
    figures = [integer_at(current, "averageUtilization") for current in read if "averageUtilization" in current]
    return Scale(
        cpu_percent=figures[0] if figures else None,
        pods=integer_at(deployment, "status", "replicas"),
        wanted=integer_at(scaler, "status", "desiredReplicas"),
        ready=integer_at(deployment, "status", "readyReplicas"),
    )


def follow(
    look_now: Callable[[], Scale], *, load: Load | None, until: Callable[[Scale], bool], timeout_s: float
) -> int:
    """Write a line a change until the condition holds.

    Returns:
        The most pods that were ready at once.

    Raises:
        TimeoutError: it does not hold in time.
    """
    started_s = time.monotonic()
    before: Scale | None = None
    peak = 0
    while True:
        now = look_now()
        peak = max(peak, now.ready)
        passed_s = time.monotonic() - started_s
        if now != before:
            counts = f"   answered {load.answered}, failed {len(load.failures)}" if load else ""
            say(f"{passed_s:6.1f} s  {now}{counts}")
        before = now
        if until(now):
            return peak
        if passed_s > timeout_s:
            raise TimeoutError(f"after {timeout_s:.0f} s it is still: {now}")
        time.sleep(_INTERVAL_S)


def _ref(api_version: str, kind: str, name: str, namespace: str) -> ObjectRef:
    return ObjectRef(api_version=api_version, kind=kind, namespace=namespace, name=name)
