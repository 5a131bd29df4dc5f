"""Looks in the cluster for what autoscalers of a service read, and for others that would count the same pods."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from tfk8s.manifest import JsonObject, Manifests
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.scalers import AUTOSCALER, AUTOSCALER_API, KEDA_API, SCALED_OBJECT, VERTICAL, VERTICAL_API
from tfk8s.plan import PlanWarning
from tfk8s.plan.metric_apis import (
    CUSTOM_METRICS,
    EXTERNAL_METRICS,
    RESOURCE_METRICS,
    MetricsApi,
    apis_read,
    check_metrics,
    metrics_api,
)
from tfk8s.ports.cluster import Cluster, ClusterUnreachableError, ForbiddenError, ObjectQuery

_API_SERVICES = ObjectQuery(api_version="apiregistration.k8s.io/v1", kind="APIService")
_KINDS: Mapping[str, tuple[str, str]] = {
    RESOURCE_METRICS: ("metrics.k8s.io/v1beta1", "PodMetrics"),
    CUSTOM_METRICS: ("custom.metrics.k8s.io/v1beta1", "MetricValueList"),
    EXTERNAL_METRICS: ("external.metrics.k8s.io/v1beta1", "ExternalMetricValueList"),
}
"""What discovery lists of each API, for a login that may not read how it is registered."""


def metric_warnings(desired: Manifests, *, cluster: Cluster) -> tuple[PlanWarning, ...]:
    """What to say of the metrics APIs that the autoscalers among these objects read."""
    wanted = apis_read(desired)
    if not wanted:
        return ()
    try:
        registered = cluster.list(_API_SERVICES)
    except ForbiddenError:
        return check_metrics(desired, {group: api for group in wanted for api in _discovered(group, cluster=cluster)})
    by_group = {text_at(service, "spec", "group"): metrics_api(service) for service in registered}
    return check_metrics(desired, {group: by_group.get(group) for group in wanted})


def _discovered(group: str, *, cluster: Cluster) -> tuple[MetricsApi | None, ...]:
    """The API as discovery shows it; () when that says nothing: a server of external metrics may list none of them."""
    api_version, kind = _KINDS[group]
    try:
        if cluster.serves(api_version=api_version, kind=kind):
            return (MetricsApi(),)
    except ClusterUnreachableError as error:  # the API server passes on that nobody answers behind it
        return (MetricsApi(trouble=error.message),)
    return (None,) if group == RESOURCE_METRICS else ()


def live_scalers(namespace: str, *, cluster: Cluster) -> tuple[JsonObject, ...]:
    """Every autoscaler of a namespace, of the kinds that the cluster has.

    Raises:
        ForbiddenError: the login may not list HorizontalPodAutoscalers.
    """
    found = cluster.list(ObjectQuery(api_version=AUTOSCALER_API, kind=AUTOSCALER, namespace=namespace))
    for api_version, kind in ((KEDA_API, SCALED_OBJECT), (VERTICAL_API, VERTICAL)):
        with suppress(ForbiddenError):  # what KEDA makes of a ScaledObject names it
            found += cluster.list(ObjectQuery(api_version=api_version, kind=kind, namespace=namespace))
    return found
