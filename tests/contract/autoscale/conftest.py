"""The real controller, taken through all courses at once: as many autoscalers beside each other."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.contract.autoscale.controller import LOG, start_controller
from tests.contract.autoscale.course import DOWN_S, TICK_S, Course, PodKind
from tests.contract.autoscale.courses import COURSES
from tests.contract.autoscale.scripted import Script
from tests.contract.autoscale.stand import Stand
from tests.testbed import versions
from tests.testbed.fixtures import Cluster, running_control_plane
from tests.testbed.process import wait_until
from tfk8s.autoscale.config import SCALE_TO_ZERO_SINCE, AverageValue, Metric, Rules, Source, Target, Utilization

_NAMESPACE = "default"
_IMAGE = "example.org/absent:1"


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What the controller of a release did at each sync of each course, by the course's name."""

    release: tuple[int, int]
    scripts: Mapping[str, Script]


@pytest.fixture(scope="session", params=versions.CONTROL_PLANES)
def finished(request: pytest.FixtureRequest) -> Iterator[Finished]:
    """All courses, taken."""
    major, minor, _ = request.param.split(".")
    release = (int(major), int(minor))
    scripts = {
        name: Script(
            name=name,
            replicas=course.start,
            bounds=(course.config.minimum, course.config.maximum),
            last_metric=course.config.metrics[-1].name,
            answers=course.answers,
            tick_s=TICK_S,
            offset_s=TICK_S * index / len(COURSES),
            faults=course.faults,
            hands=course.hands,
            has_sidecar=course.has_sidecar,
        )
        for index, (name, course) in enumerate(COURSES.items())
    }
    # a minimum of 0 is what the API server of 1.34 refuses without the gate; its controller knows no gate
    gates = "" if release >= SCALE_TO_ZERO_SINCE else "HPAScaleToZero=true"
    with (
        running_control_plane(request.param, controllers=(), feature_gates=gates) as server,
        Stand(server, scripts=scripts) as stand,
    ):
        _make_objects(server)
        flags = (
            f"--concurrent-horizontal-pod-autoscaler-syncs={len(COURSES)}",
            f"--horizontal-pod-autoscaler-sync-period={TICK_S / 4}s",
            f"--horizontal-pod-autoscaler-downscale-stabilization={DOWN_S}s",
        )
        start_controller(server, stand, flags=flags)
        wait_until(
            lambda: all(script.is_over for script in scripts.values()),
            timeout_s=90,
            what="the end of every course",
            log=server.kubeconfig.parent / LOG,
        )
        yield Finished(release=release, scripts=scripts)
        stand.shutdown()


def _make_objects(server: Cluster) -> None:
    pods = [
        _pod(name, kind, each, has_sidecar=course.has_sidecar)
        for name, course in COURSES.items()
        for kind, each in _pods_of(name, course)
    ]
    scalers = [_autoscaler(name, course) for name, course in COURSES.items()]
    items = {"apiVersion": "v1", "kind": "List", "items": [*pods, *scalers]}
    server.kubectl("apply", "--server-side", "--namespace", _NAMESPACE, "--filename=-", stdin=json.dumps(items))
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
