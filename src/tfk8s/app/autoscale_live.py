"""Finds the autoscaler of a service, whoever made it, and collects what decides about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tfk8s.app.planning import if_allowed
from tfk8s.app.service import ServiceName
from tfk8s.autoscale.causes import API_OF
from tfk8s.autoscale.live import CUSTOM_METRICS, EXTERNAL_METRICS, RESOURCE_METRICS, LiveScaler, MetricsApi
from tfk8s.autoscale.objects import config_of
from tfk8s.autoscale.troubles import keda_words
from tfk8s.clock import Clock
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import condition_of, labels_of, object_at, text_at
from tfk8s.manifest.scalers import AUTOSCALER, AUTOSCALER_API, KEDA_API, SCALED_OBJECT, target_of
from tfk8s.manifest.selectors import label_terms, selects
from tfk8s.manifest.snapshot import is_owned_by, name_of
from tfk8s.ports.cluster import Cluster, ClusterUnreachableError, ForbiddenError, ObjectQuery

_API_VERSIONS: Final = {
    RESOURCE_METRICS: ("v1beta1",),
    CUSTOM_METRICS: ("v1beta2", "v1beta1"),
    EXTERNAL_METRICS: ("v1beta1",),
}
_RELEASE: Final = re.compile(r"v?(?P<major>\d+)\.(?P<minor>\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundScaler:
    """The autoscaler of a service.

    Attributes:
        scaler: The HorizontalPodAutoscaler.
        target: What it scales; None: that is absent.
        siblings: Others on the same target.
        scaled_object: KEDA's object that it is made of.
        rivals: Other ScaledObjects on the same target.
    """

    scaler: JsonObject
    target: JsonObject | None
    siblings: tuple[JsonObject, ...] = ()
    scaled_object: JsonObject | None = None
    rivals: tuple[JsonObject, ...] = ()


@dataclass
class _Notes:
    """What could not be read."""

    lines: list[str] = field(default_factory=list)


def find_scaler(name: ServiceName, *, cluster: Cluster) -> FoundScaler:
    """Find the autoscaler that is called as the service's, or else one that scales its Deployment.

    Raises:
        PreconditionError: There is none.
        ForbiddenError: The login may not list HorizontalPodAutoscalers.
    """
    scalers = cluster.list(ObjectQuery(api_version=AUTOSCALER_API, kind=AUTOSCALER, namespace=name.namespace))
    keda = ObjectQuery(api_version=KEDA_API, kind=SCALED_OBJECT, namespace=name.namespace)
    no_objects: tuple[JsonObject, ...] = ()
    objects = if_allowed(lambda: cluster.list(keda), otherwise=no_objects)
    deployment = name.objects.deployment if name.objects is not None else name.name
    called = name.objects.autoscaler if name.objects is not None else name.name
    scaler = next((each for each in scalers if name_of(each) == called), None) or next(
        (each for each in scalers if _target_ref(each)[1:] == ("Deployment", deployment)), None
    )
    if scaler is None:
        raise _none(name, deployment=deployment, objects=objects, cluster=cluster)
    api_version, kind, target = _target_ref(scaler)
    ref = ObjectRef(api_version=api_version, kind=kind, namespace=name.namespace, name=target)
    own = next((each for each in objects if _makes(each, scaler)), None)
    return FoundScaler(
        scaler=scaler,
        target=cluster.get(ref),
        siblings=tuple(each for each in scalers if each is not scaler and _target_ref(each)[1:] == (kind, target)),
        scaled_object=own,
        rivals=tuple(each for each in objects if each is not own and target_of(each) == (kind, target)),
    )


def look_at_scaler(name: ServiceName, *, cluster: Cluster, clock: Clock) -> LiveScaler:
    """Collect what decides about the autoscaler of a service.

    Needs `list` on horizontalpodautoscalers and pods, and `get` on the target. Events, APIServices, `PodMetrics` and
    ScaledObjects are left out, with a note, where the login may not read them.

    Raises:
        PreconditionError: There is none.
    """
    found, notes = find_scaler(name, cluster=cluster), _Notes()
    apis = _apis(found.scaler, cluster=cluster, notes=notes)
    pods = _pods(found.target, namespace=name.namespace, cluster=cluster)
    return LiveScaler(
        scaler=found.scaler,
        taken_at=clock.utc_now(),
        release=_release(cluster),
        target=found.target,
        pods=pods,
        events=_events(found, cluster=cluster, notes=notes),
        pod_metrics=_pod_metrics(apis, target=found.target, namespace=name.namespace, cluster=cluster, notes=notes),
        apis=apis,
        siblings=found.siblings,
        scaled_object=found.scaled_object,
        rival_objects=found.rivals,
        notes=tuple(notes.lines),
    )


def _none(
    name: ServiceName, *, deployment: str, objects: tuple[JsonObject, ...], cluster: Cluster
) -> PreconditionError:
    own = [each for each in objects if target_of(each) == ("Deployment", deployment)]
    if own:
        return PreconditionError(
            f"KEDA has made no HorizontalPodAutoscaler for ScaledObject/{name_of(own[0])} in {name.namespace}",
            hint="KEDA removes it while the object is paused, and makes none while a trigger is refused",
            details=keda_words(own[0]),
        )
    return PreconditionError(
        f"nothing scales Deployment/{deployment} in namespace {name.namespace} ({cluster.identity})",
        hint="give the spec scaling.min, scaling.max and scaling.metrics, then tfk8s apply",
    )


def _target_ref(scaler: JsonObject) -> tuple[str, str, str]:
    ref = object_at(scaler, "spec", "scaleTargetRef")
    return text_at(ref, "apiVersion"), text_at(ref, "kind"), text_at(ref, "name")


def _makes(scaled_object: JsonObject, scaler: JsonObject) -> bool:
    return is_owned_by(scaler, scaled_object) or text_at(scaled_object, "status", "hpaName") == name_of(scaler)


def _release(cluster: Cluster) -> tuple[int, int]:
    found = _RELEASE.match(cluster.release())
    return (int(found["major"]), int(found["minor"])) if found else (1, 34)


def _pods(target: JsonObject | None, *, namespace: str, cluster: Cluster) -> tuple[JsonObject, ...]:
    selector = object_at(target, "spec", "selector")
    if target is None or not selector:
        return ()
    query = ObjectQuery(api_version="v1", kind="Pod", namespace=namespace, labels=dict(label_terms(selector)))
    return tuple(each for each in cluster.list(query) if selects(selector, labels_of(each)))


def _events(found: FoundScaler, *, cluster: Cluster, notes: _Notes) -> tuple[JsonObject, ...]:
    about = [found.scaler, *([found.scaled_object] if found.scaled_object is not None else [])]
    query = ObjectQuery(api_version="v1", kind="Event", namespace=text_at(found.scaler, "metadata", "namespace"))
    try:
        events = cluster.list(query)
    except ForbiddenError:
        notes.lines.append("the login may not list events: earlier decisions are not told")
        return ()
    return tuple(each for each in events if any(_is_about(each, body) for body in about))


def _is_about(event: JsonObject, body: JsonObject) -> bool:
    involved = object_at(event, "involvedObject")
    return (
        text_at(involved, "kind") == text_at(body, "kind")
        and text_at(involved, "name") == name_of(body)
        and text_at(involved, "uid") in ("", text_at(body, "metadata", "uid"))
    )


def _apis(scaler: JsonObject, *, cluster: Cluster, notes: _Notes) -> dict[str, MetricsApi]:
    groups = dict.fromkeys(API_OF[metric.source] for metric in config_of(scaler).metrics)
    found = {group: _api(group, cluster=cluster) for group in groups}
    hidden = [group for group, api in found.items() if api is None]
    if hidden:
        notes.lines.append(f"the login may not read APIServices: whether {' and '.join(hidden)} is served is not known")
    return {group: api for group, api in found.items() if api is not None}


def _api(group: str, *, cluster: Cluster) -> MetricsApi | None:
    names = [f"{version}.{group}" for version in _API_VERSIONS[group]]
    try:
        bodies = [cluster.get(_api_service(name)) for name in names]
    except ForbiddenError:
        return _asked_api(cluster) if group == RESOURCE_METRICS else None
    body = next((each for each in bodies if each is not None), None)
    if body is None:
        return MetricsApi(is_registered=False, is_available=False)
    available = condition_of(body, "Available")
    if text_at(available, "status") == "True":
        return MetricsApi(is_registered=True, is_available=True)
    said = f"Available is {text_at(available, 'status') or 'not set'} ({text_at(available, 'reason')}): "
    return MetricsApi(is_registered=True, is_available=False, message=said + text_at(available, "message"))


def _api_service(name: str) -> ObjectRef:
    return ObjectRef(api_version="apiregistration.k8s.io/v1", kind="APIService", namespace="", name=name)


def _asked_api(cluster: Cluster) -> MetricsApi:
    """Ask the API itself, which every login may."""
    try:
        served = cluster.serves(api_version=f"{RESOURCE_METRICS}/v1beta1", kind="PodMetrics")
    except ClusterUnreachableError as error:
        return MetricsApi(is_registered=True, is_available=False, message=error.message)
    return MetricsApi(is_registered=served, is_available=served)


def _pod_metrics(
    apis: dict[str, MetricsApi], *, target: JsonObject | None, namespace: str, cluster: Cluster, notes: _Notes
) -> tuple[JsonObject, ...] | None:
    api, selector = apis.get(RESOURCE_METRICS), object_at(target, "spec", "selector")
    if api is None or not api.is_available or not selector:
        return None
    query = ObjectQuery(
        api_version=f"{RESOURCE_METRICS}/v1beta1",
        kind="PodMetrics",
        namespace=namespace,
        labels=dict(label_terms(selector)),
    )
    try:
        return tuple(each for each in cluster.list(query) if selects(selector, labels_of(each)))
    except ForbiddenError:
        notes.lines.append("the login may not list pods.metrics.k8s.io")
    except ClusterUnreachableError as error:
        notes.lines.append(f"{RESOURCE_METRICS} did not answer: {error.message}")
    return None
