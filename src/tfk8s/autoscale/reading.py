"""What the metrics of a live autoscaler read: from the pods and their metrics, and else from the last status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.autoscale.config import RESOURCES, AverageValue, Source, Utilization
from tfk8s.autoscale.live import pod_of, samples_of
from tfk8s.autoscale.pods import PodTotals, ready_pods, total
from tfk8s.autoscale.proposal import NoReading, ServiceValue
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at
from tfk8s.spec.quantity import parse_quantity

if TYPE_CHECKING:
    from tfk8s.autoscale.config import Flags, Metric
    from tfk8s.autoscale.live import LiveScaler
    from tfk8s.autoscale.proposal import Reading
    from tfk8s.manifest import JsonObject


def status_of(metric: Metric, scaler: JsonObject) -> JsonObject:
    """Return `current` of the metric in the status; {} while it is unknown."""
    for item in objects_at(scaler, "status", "currentMetrics"):
        part = object_at(item, metric.source.key)
        if text_at(item, "type") != metric.source.value or text_at(part, "container") != metric.container:
            continue
        if metric.name in (text_at(part, "name"), text_at(part, "metric", "name")):
            return object_at(part, "current")
    return {}


def read(metric: Metric, seen: LiveScaler, *, flags: Flags) -> Reading:
    """Return what the controller would read now.

    Metrics of resources are those of the pods. Others can be asked for by nobody but the controller, so that the last
    status stands for them; its average is rounded up, which makes the sum too large by less than one thousandth a pod.
    """
    if metric.source in RESOURCES and seen.pod_metrics is not None:
        samples = samples_of(seen.pod_metrics, resource=metric.name, container=metric.container)
        if not samples:
            return NoReading("no metrics of the pods")
        pods = [pod_of(each, resource=metric.name, container=metric.container, flags=flags) for each in seen.pods]
        return total(pods, samples, now=seen.now, flags=flags, is_cpu=metric.name == "cpu")
    current = status_of(metric, seen.scaler)
    if not current:
        return NoReading("the status has no value of it")
    return _read_status(metric, current, seen=seen)


def _read_status(metric: Metric, current: JsonObject, *, seen: LiveScaler) -> Reading:
    pods = [pod_of(each, resource="") for each in seen.pods]
    ready = ready_pods(pods)
    average = _milli(current, "averageValue")
    if metric.source in (Source.OBJECT, Source.EXTERNAL):
        if not isinstance(metric.target, AverageValue):
            return ServiceValue(milli=_milli(current, "value"), ready=ready, pods=len(pods))
        # at zero replicas the controller divides by nothing, and its average says nothing
        return ServiceValue(milli=average * seen.scale.status, ready=ready, pods=len(pods))
    unready = sum(pod.phase.value == "Pending" for pod in pods)
    counted = max(ready, 1)
    if isinstance(metric.target, Utilization):
        percent = integer_at(current, "averageUtilization")  # cut to whole percents: taken as if pods requested 100
        return PodTotals(
            pods=len(pods),
            counted=counted,
            usage=percent * counted,
            requests=100 * counted,
            unready=unready,
            unready_requests=100 * unready,
        )
    return PodTotals(pods=len(pods), counted=counted, usage=average * counted, unready=unready)


def _milli(current: JsonObject, key: str) -> int:
    try:
        return parse_quantity(text_at(current, key)).milli
    except ValueError:
        return 0
