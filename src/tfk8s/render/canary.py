"""A canary: a second, small Deployment beside that of a service, made of the objects of the service as it would become.

Two ways lead requests to it:

- by share: the Service of the service selects its pods too, and spreads requests evenly over all pods;
- by weight, behind a Gateway: its pods carry another instance label, so that the Service does not find them, and the
  routes lead a part of the requests to a Service of its own.

The selector of its Deployment is disjoint from that of the service's, so the autoscaler and the budget of the service
neither count its pods nor move them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, JsonValue, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import labels_of, object_at, objects_at, text_at
from tfk8s.manifest.order import in_apply_order
from tfk8s.manifest.ownership import CANARY, COMPONENT_LABEL, INSTANCE_LABEL, OWNED_LABELS, workload_selector
from tfk8s.render.storage import config_map_name
from tfk8s.spec import ObjectNames, object_name

_ROUTES = ("HTTPRoute", "GRPCRoute")
_POLICIES = ("HealthCheckPolicy", "GCPBackendPolicy")
"""Of GKE; each aims at one Service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryWish:
    """What is wanted of a canary.

    Attributes:
        names: what the objects of the service are called.
        replicas: its pods.
    """

    names: ObjectNames
    replicas: int


def canary_name(service: str) -> str:
    """Name of the canary's Deployment and of whatever else it has."""
    return object_name(service, "canary")


def canary_config_name(service: str) -> str:
    """Name of its ConfigMap."""
    return f"{canary_name(service)}-config"


def is_weighted(manifests: Manifests) -> bool:
    """Whether routes of a Gateway can lead an exact part of the requests to a canary."""
    return any(item.ref.kind in _ROUTES for item in manifests)


def canary_manifests(become: Manifests, wish: CanaryWish) -> Manifests:
    """The objects of a canary, in apply order; routes are not among them, see `with_backend`.

    Args:
        become: the objects of the service as it would be with the version for everybody.
        wish: what the canary is to be.

    Raises:
        PreconditionError: the service keeps a selector from before tfk8s, which would claim the canary's pods.
    """
    names, weighted = wish.names, is_weighted(become)
    labels = _pod_labels(wish, weighted=weighted)
    made = [
        _config_map(_find(become, "ConfigMap", config_map_name(names.instance)), names=names),
        _deployment(_find(become, "Deployment", names.deployment), wish=wish, labels=labels),
    ]
    _require_disjoint(labels_of({"metadata": {"labels": _template_labels(made[1].body)}}), names=names)
    if weighted:
        made += _own_front(become, names=names, labels=labels)
    return in_apply_order(made)


def canary_refs(*, name: str, namespace: str) -> tuple[ObjectRef, ...]:
    """Every object that a canary of a service may have, in apply order; not every one has all of them."""
    return tuple(
        ObjectRef(api_version=api_version, kind=kind, namespace=namespace, name=called)
        for api_version, kind, called in (
            ("networking.k8s.io/v1", "NetworkPolicy", canary_name(name)),
            ("v1", "ConfigMap", canary_config_name(name)),
            ("v1", "Service", canary_name(name)),
            ("apps/v1", "Deployment", canary_name(name)),
            ("networking.gke.io/v1", "GCPBackendPolicy", canary_name(name)),
            ("networking.gke.io/v1", "HealthCheckPolicy", canary_name(name)),
        )
    )


def routes_of(manifests: Manifests) -> Manifests:
    """The routes whose backends a canary shares."""
    return tuple(item for item in manifests if item.ref.kind in _ROUTES)


def with_backend(route: Manifest, *, service: str, canary: str, weight: int) -> Manifest:
    """The route with a part of the requests for the canary.

    Args:
        route: as it is rendered.
        service: name of the Service of the service.
        canary: name of that of the canary.
        weight: percent for the canary.
    """
    spec = object_at(route.body, "spec")
    rules: list[JsonValue] = [
        {**rule, "backendRefs": _shared(rule, service=service, canary=canary, weight=weight)}
        if "backendRefs" in rule
        else rule
        for rule in objects_at(spec, "rules")
    ]
    return Manifest(ref=route.ref, body={**route.body, "spec": {**spec, "rules": rules}})


def _shared(rule: JsonObject, *, service: str, canary: str, weight: int) -> list[JsonValue]:
    found: list[JsonValue] = []
    for backend in objects_at(rule, "backendRefs"):
        if text_at(backend, "name") != service:
            found.append(backend)
            continue
        found += [{**backend, "weight": 100 - weight}, {**backend, "name": canary, "weight": weight}]
    return found


def _pod_labels(wish: CanaryWish, *, weighted: bool) -> dict[str, str]:
    """What its Deployment selects by. A dot stands in no name of a service, so the instance is that of no other."""
    instance = wish.names.instance
    return workload_selector(f"{instance}.{CANARY}" if weighted else instance, component=CANARY)


def _config_map(source: Manifest, *, names: ObjectNames) -> Manifest:
    return _renamed(source, canary_config_name(names.instance), names=names)


def _deployment(source: Manifest, *, wish: CanaryWish, labels: Mapping[str, str]) -> Manifest:
    names = wish.names
    spec = object_at(source.body, "spec")
    template = object_at(spec, "template")
    metadata = object_at(template, "metadata")
    pod = object_at(template, "spec")
    selector: JsonObject = dict(sorted(labels.items()))
    changed: JsonObject = {
        **pod,
        "volumes": [_volume(volume, names=names) for volume in objects_at(pod, "volumes")],
    }
    if "topologySpreadConstraints" in pod:
        changed["topologySpreadConstraints"] = [
            {**each, "labelSelector": {"matchLabels": selector}}
            for each in objects_at(pod, "topologySpreadConstraints")
        ]
    kept = {key: value for key, value in object_at(metadata, "labels").items() if key not in _left_out(wish, labels)}
    pod_labels: JsonObject = dict(sorted({**kept, **labels}.items()))
    named = _renamed(source, canary_name(names.instance), names=names)
    body: JsonObject = {
        **named.body,
        "spec": {
            **spec,
            "replicas": wish.replicas,
            "selector": {"matchLabels": selector},
            "template": {**template, "metadata": {**metadata, "labels": pod_labels}, "spec": changed},
        },
    }
    return Manifest(ref=named.ref, body=body)


def _left_out(wish: CanaryWish, labels: Mapping[str, str]) -> frozenset[str]:
    """Labels by which a Service that was there before finds its pods: behind a Gateway it must not find these."""
    if labels[INSTANCE_LABEL] == wish.names.instance:
        return frozenset()
    return frozenset((*wish.names.workload_labels, *wish.names.service_labels)) - frozenset(OWNED_LABELS)


def _volume(volume: JsonObject, *, names: ObjectNames) -> JsonObject:
    source = object_at(volume, "configMap")
    if text_at(source, "name") != config_map_name(names.instance):
        return volume
    return {**volume, "configMap": {**source, "name": canary_config_name(names.instance)}}


def _own_front(become: Manifests, *, names: ObjectNames, labels: Mapping[str, str]) -> list[Manifest]:
    """The Service that routes lead to, and what the service's pods or Service have beside them."""
    name = canary_name(names.instance)
    selector: JsonObject = {key: labels[key] for key in sorted(labels) if key != COMPONENT_LABEL}
    service = _renamed(_find(become, "Service", names.service), name, names=names)
    found = [_with_spec(service, selector=selector)]
    for item in become:
        if item.ref.kind == "NetworkPolicy":
            found.append(_with_spec(_renamed(item, name, names=names), podSelector={"matchLabels": selector}))
        if item.ref.kind in _POLICIES:
            target: JsonObject = {**object_at(item.body, "spec", "targetRef"), "name": name}
            found.append(_with_spec(_renamed(item, name, names=names), targetRef=target))
    return found


def _with_spec(manifest: Manifest, **fields: JsonValue) -> Manifest:
    return Manifest(ref=manifest.ref, body={**manifest.body, "spec": {**object_at(manifest.body, "spec"), **fields}})


def _renamed(source: Manifest, name: str, *, names: ObjectNames) -> Manifest:
    """Under another name, and labelled as a canary of the same service: `delete` and others know it by that."""
    metadata = object_at(source.body, "metadata")
    labels: JsonObject = {**object_at(metadata, "labels"), COMPONENT_LABEL: CANARY, INSTANCE_LABEL: names.instance}
    body: JsonObject = {
        **source.body,
        "metadata": {**metadata, "name": name, "labels": dict(sorted(labels.items()))},
    }
    return Manifest.of(body)


def _find(manifests: Manifests, kind: str, name: str) -> Manifest:
    return next(item for item in manifests if (item.ref.kind, item.ref.name) == (kind, name))


def _template_labels(deployment: JsonObject) -> JsonObject:
    return object_at(deployment, "spec", "template", "metadata", "labels")


def _require_disjoint(labels: Mapping[str, str], *, names: ObjectNames) -> None:
    if names.workload_labels.items() <= labels.items():
        kept = ",".join(f"{key}={value}" for key, value in sorted(names.workload_labels.items()))
        raise PreconditionError(
            f"the Deployment {names.deployment} keeps the selector {kept}, which selects pods of a canary too: its "
            "autoscaler would count them",
            hint="a Gateway leads requests to a canary without that selector (expose.type: Gateway)",
        )
