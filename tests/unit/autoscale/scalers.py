"""Live objects around an autoscaler, as short as tests can say them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Final

from tfk8s.autoscale.live import EXTERNAL_METRICS, RESOURCE_METRICS, LiveScaler, MetricsApi
from tfk8s.manifest import JsonObject, JsonValue

NOW: Final = datetime(2026, 11, 29, 12, 0, 0, tzinfo=timezone.utc)
SERVED: Final = MetricsApi(is_registered=True, is_available=True)
ABSENT: Final = MetricsApi(is_registered=False, is_available=False)
LABELS: Final[JsonObject] = {"app": "resnet"}
CPU_60: Final[JsonObject] = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}},
}
QUEUE: Final[JsonObject] = {
    "type": "External",
    "external": {"metric": {"name": "queue"}, "target": {"type": "AverageValue", "averageValue": "30"}},
}


def ago(seconds: float) -> str:
    """A time before now, as the API server writes it."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(kind: str, status: str, reason: str, message: str = "words of the controller") -> JsonObject:
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": ago(90)}


READY: Final = condition("AbleToScale", "True", "ReadyForNewScale")
ACTIVE: Final = condition("ScalingActive", "True", "ValidMetricFound")
FREE: Final = condition("ScalingLimited", "False", "DesiredWithinRange")


def cpu_status(percent: int, average: str) -> JsonObject:
    current: JsonObject = {"averageUtilization": percent, "averageValue": average}
    return {"type": "Resource", "resource": {"name": "cpu", "current": current}}


def queue_status(average: str) -> JsonObject:
    return {"type": "External", "external": {"metric": {"name": "queue"}, "current": {"averageValue": average}}}


def scaler(
    *metrics: JsonObject,
    conditions: tuple[JsonObject, ...] = (READY, ACTIVE, FREE),
    current: tuple[JsonValue, ...] = (),
    replicas: int = 3,
    name: str = "resnet",
    last_scale: float | None = None,
    **spec: JsonValue,
) -> JsonObject:
    status: JsonObject = {
        "currentReplicas": replicas,
        "desiredReplicas": replicas,
        "conditions": [*conditions],
        "currentMetrics": [*current],
    }
    if last_scale is not None:
        status["lastScaleTime"] = ago(last_scale)
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": "serving"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "resnet"},
            "minReplicas": 1,
            "maxReplicas": 10,
            "metrics": [*(metrics or (CPU_60,))],
            **spec,
        },
        "status": status,
    }


def deployment(replicas: int = 3) -> JsonObject:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "resnet", "namespace": "serving"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": LABELS}},
        "status": {"replicas": replicas, "readyReplicas": replicas},
    }


def pod(
    name: str,
    *,
    ready: bool = True,
    age_s: float = 3600,
    phase: str = "Running",
    requests: Mapping[str, JsonValue] | None = None,
    waiting: str = "",
    sidecar: bool = False,
) -> JsonObject:
    """A pod whose readiness has stood for all its life but ten seconds; `sidecar`: beside it one without requests."""
    asked: JsonObject = dict(requests if requests is not None else {"cpu": "1"})
    containers: list[JsonValue] = [{"name": "server", "resources": {"requests": asked}}]
    if sidecar:
        containers.append({"name": "proxy", "resources": {}})
    state: JsonObject = {"waiting": {"reason": waiting}} if waiting else {"running": {}}
    readiness: JsonObject = {
        "type": "Ready",
        "status": str(ready),
        "reason": "" if ready else "ContainersNotReady",
        "lastTransitionTime": ago(age_s - 10),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "serving", "labels": LABELS},
        "spec": {"containers": containers},
        "status": {
            "phase": phase,
            "startTime": ago(age_s),
            "conditions": [readiness],
            "containerStatuses": [{"name": "server", "state": state}],
        },
    }


def pods(count: int) -> tuple[JsonObject, ...]:
    return tuple(pod(f"resnet-{index}") for index in range(count))


def usage(name: str, cpu: str, *, container: str = "server") -> JsonObject:
    return {
        "metadata": {"name": name, "namespace": "serving", "labels": LABELS},
        "timestamp": ago(5),
        "window": "15s",
        "containers": [{"name": container, "usage": {"cpu": cpu, "memory": "100Mi"}}],
    }


def usages(count: int, cpu: str) -> tuple[JsonObject, ...]:
    return tuple(usage(f"resnet-{index}", cpu) for index in range(count))


def rescaled(size: int, *, seconds: float, reason: str = "All metrics below target", count: int = 1) -> JsonObject:
    return event("SuccessfulRescale", f"New size: {size}; reason: {reason}", seconds=seconds, count=count)


def event(reason: str, message: str, *, seconds: float, count: int = 1) -> JsonObject:
    return {"reason": reason, "message": message, "lastTimestamp": ago(seconds), "count": count}


def live(body: JsonObject | None = None, *, count: int = 3, cpu: str = "600m", **given: object) -> LiveScaler:
    """An autoscaler on some ready pods with so much cpu each; `given` takes the place of any part."""
    parts: dict[str, object] = {
        "scaler": body if body is not None else scaler(current=(cpu_status(60, "600m"),), replicas=count),
        "taken_at": NOW,
        "release": (1, 34),
        "target": deployment(count),
        "pods": pods(count),
        "pod_metrics": usages(count, cpu),
        "apis": {RESOURCE_METRICS: SERVED, EXTERNAL_METRICS: SERVED},
        **given,
    }
    return LiveScaler(**parts)  # type: ignore[arg-type]  # each test gives the type of the part that it changes
