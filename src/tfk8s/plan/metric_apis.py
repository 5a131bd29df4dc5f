"""Which metrics APIs the autoscalers of a service read, and what to say of one that is missing or does not answer.

Kubernetes serves none of them by itself; an APIService registers who does:
https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#support-for-metrics-apis
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.manifest.fields import condition_of, objects_at, text_at
from tfk8s.manifest.scalers import AUTOSCALER, SCALED_OBJECT
from tfk8s.names.autoscaling import GOOGLE_PREFIX
from tfk8s.plan.change import PlanWarning

RESOURCE_METRICS: Final = "metrics.k8s.io"
CUSTOM_METRICS: Final = "custom.metrics.k8s.io"
EXTERNAL_METRICS: Final = "external.metrics.k8s.io"

_BY_TYPE: Final[Mapping[str, str]] = {
    "Resource": RESOURCE_METRICS,
    "ContainerResource": RESOURCE_METRICS,
    "Pods": CUSTOM_METRICS,
    "Object": CUSTOM_METRICS,
    "External": EXTERNAL_METRICS,
}
_BY_KUBELET = ("cpu", "memory")

_METRICS_SERVER = (
    "install metrics-server: kubectl apply -f "
    "https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml"
)
INSTALL_KEDA = (
    "install KEDA with its metrics server, from https://github.com/kedacore/keda/releases: "
    "kubectl apply --server-side -f keda-VERSION.yaml"
)
_GOOGLE = (
    "install Google's adapter: kubectl apply -f https://raw.githubusercontent.com/GoogleCloudPlatform/k8s-stackdriver/"
    "master/custom-metrics-stackdriver-adapter/deploy/production/adapter_new_resource_model.yaml"
)
_ADAPTER = "install prometheus-adapter (https://github.com/kubernetes-sigs/prometheus-adapter)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsApi:
    """One metrics API as the cluster has it registered.

    Attributes:
        provider: `namespace/name` of the Service that answers; "" when that may not be read.
        trouble: why it does not answer now, "" when it does.
    """

    provider: str = ""
    trouble: str = ""


def metrics_api(service: JsonObject) -> MetricsApi:
    """Read an APIService."""
    place = text_at(service, "spec", "service", "namespace"), text_at(service, "spec", "service", "name")
    condition = condition_of(service, "Available")
    waits = text_at(condition, "status") == "False"
    trouble = f"{text_at(condition, 'reason')}: {text_at(condition, 'message')}" if waits else ""
    return MetricsApi(provider="/".join(place) if any(place) else "", trouble=trouble)


def apis_read(desired: Manifests) -> tuple[str, ...]:
    """Groups of the metrics APIs that the autoscalers among these objects read, () when there is none."""
    return tuple(dict.fromkeys(group for manifest in desired for group in _groups(manifest)))


def _groups(scaler: Manifest) -> Iterator[str]:
    if scaler.ref.kind == AUTOSCALER:
        types = (text_at(metric, "type") for metric in objects_at(scaler.body, "spec", "metrics"))
        yield from (_BY_TYPE[kind] for kind in types if kind in _BY_TYPE)
    elif scaler.ref.kind == SCALED_OBJECT:
        for trigger in objects_at(scaler.body, "spec", "triggers"):
            yield RESOURCE_METRICS if text_at(trigger, "type") in _BY_KUBELET else EXTERNAL_METRICS


def check_metrics(desired: Manifests, served: Mapping[str, MetricsApi | None]) -> tuple[PlanWarning, ...]:
    """Warn of each metrics API that autoscalers read and nobody serves, or that somebody else serves.

    Args:
        desired: the objects of a service.
        served: by group; None for one that is not there. One that nobody could ask for is left out.
    """
    return tuple(
        warning
        for manifest in desired
        for group in dict.fromkeys(_groups(manifest))
        if group in served
        for warning in _of_api(manifest, group, found=served[group])
    )


def _of_api(scaler: Manifest, group: str, *, found: MetricsApi | None) -> Iterator[PlanWarning]:
    if found is None:
        what = "no metrics API" if group == RESOURCE_METRICS else "no API"
        yield PlanWarning(
            message=f"{scaler.ref}: the cluster has {what} ({group}), so {_effect(scaler)}",
            hint=_remedy(scaler, group),
        )
        return
    if found.trouble:
        by = f" (Service {found.provider})" if found.provider else ""
        yield PlanWarning(
            message=f"{scaler.ref}: {group} is registered and does not answer{by}: {found.trouble}",
            hint=f"until it does, {_effect(scaler)}; {_look(found)}",
        )
    if group == EXTERNAL_METRICS and found.provider and not _fits(scaler, found.provider):
        yield PlanWarning(
            message=f"{scaler.ref}: {group} is served by {found.provider}, and a cluster has one server of it alone",
            hint=f"the autoscaler asks that one, which does not know these metrics; {_other_source(scaler)}",
        )


def _effect(scaler: Manifest) -> str:
    if scaler.ref.kind == SCALED_OBJECT:
        return "the autoscaler that KEDA makes will not scale by it"
    return "the autoscaler will not scale"


def _look(api: MetricsApi) -> str:
    if not api.provider:
        return "kubectl get apiservices shows it"
    namespace, name = api.provider.split("/")
    return f"see its pods: kubectl -n {namespace} get endpoints,pods, and the log of those behind {name}"


def _remedy(scaler: Manifest, group: str) -> str:
    if group == RESOURCE_METRICS:
        return _METRICS_SERVER
    if scaler.ref.kind == SCALED_OBJECT:
        return INSTALL_KEDA
    return _GOOGLE if _is_of_google(scaler) else _ADAPTER


def _is_of_google(scaler: Manifest) -> bool:
    metrics = objects_at(scaler.body, "spec", "metrics")
    return any(text_at(metric, "external", "metric", "name").startswith(GOOGLE_PREFIX) for metric in metrics)


def _fits(scaler: Manifest, provider: str) -> bool:
    """Whether the Service may be the one that knows the metrics; its name is all that tells."""
    if scaler.ref.kind == SCALED_OBJECT:
        return "keda" in provider
    return "stackdriver" in provider if _is_of_google(scaler) else "keda" not in provider


def _other_source(scaler: Manifest) -> str:
    if scaler.ref.kind == SCALED_OBJECT:
        return "take it away and install KEDA's, or choose another scaling.source"
    return "take it away, or choose the scaling.source that it is"
