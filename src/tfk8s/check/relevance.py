"""Which objects of somebody's manifests belong to a model server, so that our policies are for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tfk8s.check.selection import selects_pods
from tfk8s.manifest import Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.manifest.scalers import COUNTING, VERTICAL, target_of

_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"})
_SERVING_PORTS = (8500, 8501)


def of_servers(manifests: Manifests, *, servers: Collection[ObjectRef]) -> Manifests:
    """The servers' workloads, and what is in front of them, counts their pods or guards them.

    A Service or an autoscaler that leads to no object here is kept when it may mean a server: that it leads nowhere
    is worth knowing.
    """
    kept = [item for item in manifests if item.ref in servers]
    kept += [item for item in manifests if item.ref.kind == "Service" and _leads_to(item, manifests, servers)]
    kept += [item for item in manifests if _counts_or_guards(item, manifests, servers)]
    services = {(item.ref.namespace, item.ref.name) for item in kept if item.ref.kind == "Service"}
    fronts = [item for item in manifests if _backends(item) & services]
    kept += fronts
    gateways = {(front.ref.namespace, name) for front in fronts for name in _parents(front)}
    kept += [
        item for item in manifests if item.ref.kind == "Gateway" and (item.ref.namespace, item.ref.name) in gateways
    ]
    refs = {item.ref for item in kept}
    return tuple(item for item in manifests if item.ref in refs)


def _leads_to(service: Manifest, manifests: Manifests, servers: Collection[ObjectRef]) -> bool:
    selector = object_at(service.body, "spec", "selector")
    selected = [item for item in _workloads(manifests, service) if selects_pods(selector, item)]
    if selected:
        return any(item.ref in servers for item in selected)
    ports = [port.get(key) for port in objects_at(service.body, "spec", "ports") for key in ("port", "targetPort")]
    serves = any(port in _SERVING_PORTS for port in ports)
    return bool(servers) and bool(selector) and serves


def _counts_or_guards(item: Manifest, manifests: Manifests, servers: Collection[ObjectRef]) -> bool:
    near = {(ref.kind, ref.name) for ref in servers if ref.namespace == item.ref.namespace}
    if item.ref.kind in COUNTING or item.ref.kind == VERTICAL:
        return target_of(item.body) in near
    if item.ref.kind == "PodDisruptionBudget":
        selector = object_at(item.body, "spec", "selector")
        return any(other.ref in servers and selects_pods(selector, other) for other in _workloads(manifests, item))
    return False


def _workloads(manifests: Manifests, beside: Manifest) -> Iterator[Manifest]:
    for item in manifests:
        if item.ref.kind in _WORKLOADS and item.ref.namespace == beside.ref.namespace:
            yield item


def _backends(item: Manifest) -> set[tuple[str, str]]:
    """Services that an Ingress or a route leads to, with their namespaces."""
    body, namespace = item.body, item.ref.namespace
    names: list[str] = []
    if item.ref.kind == "Ingress":
        paths = [path for rule in objects_at(body, "spec", "rules") for path in objects_at(rule, "http", "paths")]
        backends = [object_at(path, "backend") for path in paths] + [object_at(body, "spec", "defaultBackend")]
        names = [text_at(backend, "service", "name") for backend in backends]
    elif item.ref.kind in ("HTTPRoute", "GRPCRoute"):
        names = [
            text_at(ref, "name")
            for rule in objects_at(body, "spec", "rules")
            for ref in objects_at(rule, "backendRefs")
        ]
    return {(namespace, name) for name in names if name}


def _parents(route: Manifest) -> Iterator[str]:
    for parent in objects_at(route.body, "spec", "parentRefs"):
        yield text_at(parent, "name")
