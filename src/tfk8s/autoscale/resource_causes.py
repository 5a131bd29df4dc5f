"""Why there is no value of cpu or memory: what pods lack on the way to a number that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfk8s.autoscale.config import Utilization
from tfk8s.autoscale.explanation import Trouble
from tfk8s.autoscale.live import RESOURCE_METRICS, counted_containers, pod_of, request_of, samples_of
from tfk8s.autoscale.pods import Phase, total
from tfk8s.manifest.fields import condition_of, object_at, objects_at, text_at, time_at

if TYPE_CHECKING:
    from tfk8s.autoscale.config import Flags, Metric
    from tfk8s.autoscale.live import LiveScaler
    from tfk8s.manifest import JsonObject

_SHOWN: Final = 3
_YOUNG_S: Final = 90.0  # metrics-server asks every 15 s and needs two samples of a pod


def resource_trouble(metric: Metric, seen: LiveScaler, *, flags: Flags) -> Trouble | None:
    """Find what the pods lack; None: nothing that can be seen."""
    return (
        _container_trouble(metric, seen)
        or _request_trouble(metric, seen, flags=flags)
        or _samples_trouble(metric, seen)
        or _readiness_trouble(metric, seen, flags=flags)
    )


def _container_trouble(metric: Metric, seen: LiveScaler) -> Trouble | None:
    names = {text_at(item, "name") for pod in seen.pods for item in counted_containers(pod)}
    if not metric.container or metric.container in names:
        return None
    return Trouble(
        code="no-container",
        place=seen.target_name,
        cause=f"no pod has a container {metric.container}; there are {', '.join(sorted(names))}",
        fix="name one of them: `container` of the metric in the spec",
    )


def _request_trouble(metric: Metric, seen: LiveScaler, *, flags: Flags) -> Trouble | None:
    if not isinstance(metric.target, Utilization):
        return None
    lacking = {
        text_at(item, "name")
        for pod in seen.pods
        if request_of(pod, resource=metric.name, container=metric.container, flags=flags) is None
        for item in counted_containers(pod)
        if metric.container in ("", text_at(item, "name"))
        if metric.name not in object_at(item, "resources", "requests")
    }
    if not lacking:
        return None
    which = f"container{'s' if len(lacking) > 1 else ''} {', '.join(sorted(lacking))}"
    short = f"container{metric.name.capitalize()}"
    return Trouble(
        code="no-request",
        place=seen.target_name,
        cause=f"{which} without a request of {metric.name}, and a target in percent is a percentage of the request",
        fix=f"set resources.{metric.name} in the spec; for a container that is not yours, measure one container "
        f"alone: {short} in scaling.metrics",
    )


def _samples_trouble(metric: Metric, seen: LiveScaler) -> Trouble | None:
    if seen.pod_metrics is None or samples_of(seen.pod_metrics, resource=metric.name, container=metric.container):
        return None
    starts = [time_at(pod, "status", "startTime") for pod in seen.pods]
    ages = [(seen.taken_at - start).total_seconds() for start in starts if start is not None]
    if not ages:
        return Trouble(
            code="pods-not-running",
            place=seen.target_name,
            cause=f"none of its {len(seen.pods)} pods runs on a node yet, so there is nothing to measure",
            fix="`tfk8s status` says why the pods wait",
            evidence=_unready_words(seen),
        )
    if max(ages) < _YOUNG_S:
        return Trouble(
            code="pods-young",
            place=seen.target_name,
            cause=f"its pods are {max(ages):.0f} s old, and metrics-server has numbers about a minute after a start",
            fix="wait a minute and look again",
        )
    return Trouble(
        code="no-samples",
        place=seen.target_name,
        cause=f"{RESOURCE_METRICS} answers, and has no {metric.name} of any of its {len(seen.pods)} pods",
        fix="kubectl -n kube-system logs deployment/metrics-server; it may not reach the nodes' kubelets",
    )


def _readiness_trouble(metric: Metric, seen: LiveScaler, *, flags: Flags) -> Trouble | None:
    if seen.pod_metrics is None:
        return None
    pods = [pod_of(each, resource=metric.name, container=metric.container, flags=flags) for each in seen.pods]
    samples = samples_of(seen.pod_metrics, resource=metric.name, container=metric.container)
    totals = total(pods, samples, now=seen.now, flags=flags, is_cpu=metric.name == "cpu")
    if totals.counted + totals.strays:
        return None
    return Trouble(
        code="pods-unready",
        place=seen.target_name,
        cause=f"none of its {len(pods)} pods counts: a pod that is not ready, or has no metrics yet, is left out",
        fix="`tfk8s status` says why pods are not ready",
        evidence=_unready_words(seen),
    )


def _unready_words(seen: LiveScaler) -> tuple[str, ...]:
    lines = [
        f"Pod/{text_at(pod, 'metadata', 'name')}: {_state_words(pod)}"
        for pod in seen.pods
        if text_at(condition_of(pod, "Ready"), "status") != "True"
    ]
    more = (f"and {len(lines) - _SHOWN} more",) if len(lines) > _SHOWN else ()
    return (*lines[:_SHOWN], *more)


def _state_words(pod: JsonObject) -> str:
    waiting = [
        text_at(status, "state", "waiting", "reason") or text_at(status, "lastState", "terminated", "reason")
        for status in objects_at(pod, "status", "containerStatuses")
    ]
    if any(waiting):
        return ", ".join(reason for reason in waiting if reason)
    if text_at(pod, "status", "phase") == Phase.PENDING.value:
        return text_at(condition_of(pod, "PodScheduled"), "message") or "Pending"
    return text_at(condition_of(pod, "Ready"), "reason") or "not ready"
