"""The autoscalers of courses and their pods, as objects of an API server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.contract.autoscale.course import Course, PodKind
from tests.testbed.fixtures import Cluster
from tfk8s.autoscale.config import AverageValue, Metric, Rules, Source, Target, Utilization

_NAMESPACE: Final = "default"
_IMAGE: Final = "example.org/absent:1"


def make_objects(server: Cluster, courses: Mapping[str, Course]) -> None:
    """Make the autoscalers of courses and their pods."""
    pods = [
        _pod(name, kind, each, has_sidecar=course.has_sidecar)
        for name, course in courses.items()
        for kind, each in _pods_of(name, course)
    ]
    scalers = [_autoscaler(name, course) for name, course in courses.items()]
    items = {"apiVersion": "v1", "kind": "List", "items": [*pods, *scalers]}
    server.kubectl("apply", "--server-side", "--namespace", _NAMESPACE, "--filename=-", stdin=json.dumps(items))
    if pods:  # not every course has some
        statuses = {"apiVersion": "v1", "kind": "List", "items": pods}
        status = ("apply", "--server-side", "--subresource=status", "--namespace", _NAMESPACE, "--filename=-")
        server.kubectl(*status, stdin=json.dumps(statuses))


def _pods_of(name: str, course: Course) -> Iterator[tuple[PodKind, str]]:
    for index, kind in enumerate(course.pods):
        for each in range(kind.count):
            yield kind, f"{name}-{index}-{each}"


def _pod(app: str, kind: PodKind, name: str, *, has_sidecar: bool) -> dict[str, Any]:
    now = time.time()
    ready = {"type": "Ready", "status": str(kind.is_ready), "lastTransitionTime": _stamp(now - kind.ready_s)}
    container = {"name": kind.container, "image": _IMAGE, "resources": {"requests": {"cpu": "100m"}}}
    containers = [container, {"name": "side", "image": _IMAGE}] if has_sidecar else [container]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": _NAMESPACE, "labels": {"app": app}},
        "spec": {"automountServiceAccountToken": False, "containers": containers},
        "status": {"phase": kind.phase, "startTime": _stamp(now - kind.age_s), "conditions": [ready]},
    }


def _autoscaler(name: str, course: Course) -> dict[str, Any]:
    config = course.config
    spec: dict[str, Any] = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": config.minimum,
        "maxReplicas": config.maximum,
        "metrics": [_metric(metric) for metric in config.metrics],
    }
    if config.behavior is not None:
        spec["behavior"] = {"scaleUp": _rules(config.behavior.up), "scaleDown": _rules(config.behavior.down)}
    meta = {"name": name, "namespace": _NAMESPACE}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": spec}


def _metric(metric: Metric) -> dict[str, Any]:
    target, named = _target(metric.target), {"metric": {"name": metric.name}}
    described = {"apiVersion": "v1", "kind": "Service", "name": metric.name.partition(".")[0]}
    parts: dict[Source, dict[str, Any]] = {
        Source.RESOURCE: {"name": metric.name},
        Source.CONTAINER_RESOURCE: {"name": metric.name, "container": metric.container},
        Source.PODS: named,
        Source.OBJECT: {**named, "describedObject": described},
        Source.EXTERNAL: named,
    }
    kind = metric.source.value
    return {"type": kind, kind[0].lower() + kind[1:]: {**parts[metric.source], "target": target}}


def _target(target: Target) -> dict[str, Any]:
    if isinstance(target, Utilization):
        return {"type": "Utilization", "averageUtilization": target.percent}
    if isinstance(target, AverageValue):
        return {"type": "AverageValue", "averageValue": f"{target.milli}m"}
    return {"type": "Value", "value": f"{target.milli}m"}


def _rules(rules: Rules) -> dict[str, Any]:
    policies = [
        {"type": policy.kind.value, "value": policy.value, "periodSeconds": policy.period_s}
        for policy in rules.policies
    ]
    found: dict[str, Any] = {"policies": policies, "selectPolicy": rules.select.value}
    if rules.tolerance is not None:
        found["tolerance"] = str(rules.tolerance)
    return found if rules.window_s is None else {**found, "stabilizationWindowSeconds": rules.window_s}


def _stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
