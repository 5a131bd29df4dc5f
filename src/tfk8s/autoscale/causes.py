"""Why a metric has no value: what is missing on the way from a pod to the controller, and the command that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfk8s.autoscale.account import name_of
from tfk8s.autoscale.config import Source, Utilization
from tfk8s.autoscale.explanation import Trouble
from tfk8s.autoscale.live import (
    CUSTOM_METRICS,
    EXTERNAL_METRICS,
    RESOURCE_METRICS,
    counted_containers,
    pod_of,
    request_of,
    samples_of,
)
from tfk8s.autoscale.memory import said, time_of
from tfk8s.autoscale.pods import Phase, total
from tfk8s.autoscale.reading import RESOURCES
from tfk8s.manifest.fields import condition_of, object_at, objects_at, text_at, time_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfk8s.autoscale.config import Flags, Metric
    from tfk8s.autoscale.live import LiveScaler
    from tfk8s.manifest import JsonObject

API_OF: Final = {
    Source.RESOURCE: RESOURCE_METRICS,
    Source.CONTAINER_RESOURCE: RESOURCE_METRICS,
    Source.PODS: CUSTOM_METRICS,
    Source.OBJECT: CUSTOM_METRICS,
    Source.EXTERNAL: EXTERNAL_METRICS,
}
_METRICS_SERVER: Final = (
    "install metrics-server: kubectl apply -f "
    "https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml"
)
_ADAPTER: Final = (
    "install what serves it: KEDA or prometheus-adapter; `tfk8s autoscale rules` prints the adapter's rules"
)
_SHOWN: Final = 3
_YOUNG_S: Final = 90.0  # metrics-server asks every 15 s and needs two samples of a pod


def why_unknown(metric: Metric, seen: LiveScaler, *, flags: Flags) -> Trouble:
    """Find the cause why the controller has no value of a metric."""
    found = _api_trouble(metric, seen) or _pods_trouble(seen)
    if found is None and metric.source in RESOURCES:
        found = _resource_trouble(metric, seen, flags=flags)
    if found is None:
        found = _silent_trouble(metric, seen)
    said = words_of_cluster(metric, seen)
    return Trouble(
        code=found.code, place=found.place, cause=found.cause, fix=found.fix, evidence=(*found.evidence, *said)
    )


def words_of_cluster(metric: Metric, seen: LiveScaler) -> tuple[str, ...]:
    """Return what the autoscaler's condition says, or else its newest event, about this kind of metric."""
    reason = f"FailedGet{metric.source.value}Metric"
    condition = condition_of(seen.scaler, "ScalingActive")
    if text_at(condition, "reason") == reason:
        return (f"ScalingActive is False ({reason}): {said(text_at(condition, 'message'))}",)
    events = [event for event in seen.events if text_at(event, "reason") == reason]
    return newest_words(events)


def newest_words(events: Sequence[JsonObject]) -> tuple[str, ...]:
    """Return what the newest of some events says."""
    timed = [(at, event) for event in events if (at := time_of(event)) is not None]
    if not timed:
        return ()
    _, newest = max(timed, key=lambda pair: pair[0])
    return (f"event {text_at(newest, 'reason')}: {said(text_at(newest, 'message'))}",)


def _api_trouble(metric: Metric, seen: LiveScaler) -> Trouble | None:
    group = API_OF[metric.source]
    api = seen.apis.get(group)
    if api is None or api.is_available:
        return None
    place = f"APIService/{group}"
    if not api.is_registered:
        return Trouble(
            code="no-metrics-api",
            place=place,
            cause=f"the cluster has no metrics API for {name_of(metric)}: nothing serves {group}",
            fix=_METRICS_SERVER if group == RESOURCE_METRICS else _ADAPTER,
        )
    return Trouble(
        code="metrics-api-unavailable",
        place=place,
        cause=f"what serves {group} does not answer",
        fix=f"kubectl get apiservices | grep {group} names its Service; look at the pods and logs behind that",
        evidence=(api.message,) if api.message else (),
    )


def _pods_trouble(seen: LiveScaler) -> Trouble | None:
    if seen.pods or seen.target is None:
        return None
    selector = object_at(seen.target, "spec", "selector", "matchLabels") or object_at(seen.target, "spec", "selector")
    told = ",".join(f"{key}={value}" for key, value in sorted(selector.items()) if isinstance(value, str))
    return Trouble(
        code="no-pods",
        place=seen.target_name,
        cause=f"no pod has the labels of its selector ({told or 'empty'}), so there is nothing to measure",
        fix=f"kubectl -n {text_at(seen.scaler, 'metadata', 'namespace')} get pods --show-labels, and "
        "`tfk8s status` says why pods are missing",
    )


def _resource_trouble(metric: Metric, seen: LiveScaler, *, flags: Flags) -> Trouble | None:
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


def _silent_trouble(metric: Metric, seen: LiveScaler) -> Trouble:
    """Nothing is missing that can be seen: what serves the metric does not know it, or what it asks does not answer."""
    namespace, group = text_at(seen.scaler, "metadata", "namespace"), API_OF[metric.source]
    scaler = f"HorizontalPodAutoscaler/{text_at(seen.scaler, 'metadata', 'name')}"
    if metric.source in RESOURCES:
        return Trouble(
            code="no-value",
            place=scaler,
            cause=f"there was no value of {name_of(metric)} at the last sync",
            fix=f"kubectl -n {namespace} top pods; if that answers, the next sync has a value too",
        )
    path = f"/apis/{group}/{'v1beta1' if group == EXTERNAL_METRICS else 'v1beta2'}/namespaces/{namespace}"
    asked = f"{path}/{metric.name}" if metric.source is Source.EXTERNAL else f"{path}/pods/*/{metric.name}"
    return Trouble(
        code="no-series",
        place=scaler,
        cause=f"what serves {group} gave no value of {metric.name}: it has no rule for it, its query finds no series "
        "with these labels, or Prometheus does not answer it",
        fix=f"ask it yourself: kubectl get --raw '{asked}'; `tfk8s autoscale rules` prints the rules it needs",
    )
