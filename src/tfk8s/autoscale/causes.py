"""Why a metric has no value: what is missing on the way from a pod to the controller, and the command that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from tfk8s.autoscale.account import name_of
from tfk8s.autoscale.config import RESOURCES, Source
from tfk8s.autoscale.explanation import Trouble
from tfk8s.autoscale.live import (
    CUSTOM_METRICS,
    EXTERNAL_METRICS,
    RESOURCE_METRICS,
)
from tfk8s.autoscale.memory import said
from tfk8s.autoscale.resource_causes import resource_trouble
from tfk8s.manifest.event import last_seen
from tfk8s.manifest.fields import condition_of, object_at, objects_at, text_at
from tfk8s.manifest.selectors import label_terms

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
    "install what serves it: KEDA, prometheus-adapter (`tfk8s autoscale rules` prints its rules), or on GKE Google's "
    "adapter, custom-metrics-stackdriver-adapter"
)


def why_unknown(metric: Metric, seen: LiveScaler, *, flags: Flags) -> Trouble:
    """Find the cause why the controller has no value of a metric."""
    found = _api_trouble(metric, seen) or _pods_trouble(seen)
    if found is None and metric.source in RESOURCES:
        found = resource_trouble(metric, seen, flags=flags)
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
    timed = [(at, event) for event in events if (at := last_seen(event)) is not None]
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
    return Trouble(
        code="no-series",
        place=scaler,
        cause=f"what serves {group} gave no value of {metric.name}{_labels_words(metric, seen)}: "
        "it has no rule for it, its query finds no series, or Prometheus does not answer it",
        fix=f"ask it yourself: kubectl get --raw '{_path(metric, seen, group=group)}'; "
        "`tfk8s autoscale rules` prints the rules it needs",
    )


def _labels(metric: Metric, seen: LiveScaler) -> dict[str, str]:
    """Return the labels that the autoscaler asks for of a metric's series."""
    for item in objects_at(seen.scaler, "spec", "metrics"):
        asked = object_at(item, metric.source.key, "metric")
        if text_at(asked, "name") == metric.name:
            return dict(label_terms(object_at(asked, "selector")))
    return {}


def _labels_words(metric: Metric, seen: LiveScaler) -> str:
    labels = _labels(metric, seen)
    return f" with {', '.join(f'{key}={value}' for key, value in sorted(labels.items()))}" if labels else ""


def _path(metric: Metric, seen: LiveScaler, *, group: str) -> str:
    """Return what the controller asks for, as `kubectl get --raw` takes it."""
    version = "v1beta1" if group == EXTERNAL_METRICS else "v1beta2"
    place = f"/apis/{group}/{version}/namespaces/{text_at(seen.scaler, 'metadata', 'namespace')}"
    path = f"{place}/{metric.name}" if metric.source is Source.EXTERNAL else f"{place}/pods/*/{metric.name}"
    terms = ",".join(f"{key}={value}" for key, value in sorted(_labels(metric, seen).items()))
    parameter = "labelSelector" if metric.source is Source.EXTERNAL else "metricLabelSelector"
    return f"{path}?{parameter}={quote(terms)}" if terms else path
