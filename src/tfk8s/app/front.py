"""Finds what stands in front of a Service on the cluster: Ingress, Gateway or load balancer, with its addresses.

Everything is read from live objects of ours by their names: no spec is needed, and what is told is what is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from tfk8s.app import gke_certificates
from tfk8s.app.front_guard import GUARD_API, GUARD_KIND, NO_GUARD, Guard, guard_of
from tfk8s.app.front_iap import CONFIG_API, CONFIG_KIND, POLICY_API, POLICY_KIND, guard_of_config, guard_of_policy
from tfk8s.app.planning import if_allowed
from tfk8s.app.reach import service_port
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import integer_at, labels_of, objects_at, text_at, value_at
from tfk8s.manifest.gke import CLASS_ANNOTATION
from tfk8s.manifest.ownership import INSTANCE_LABEL, MANAGED_BY_LABEL, MANAGER, is_owned
from tfk8s.ports import Endpoint, Transport
from tfk8s.ports.cluster import Cluster, ObjectQuery
from tfk8s.rollout.fronts import balancer_addresses, gateway_addresses, gateway_missing, route_missing
from tfk8s.spec.gke_front import GATEWAY_PREFIX, INGRESS_CLASSES

TRANSPORTS: tuple[Transport, ...] = ("rest", "grpc")
GATEWAY_API = "gateway.networking.k8s.io/v1"
_ROUTES: dict[Transport, str] = {"rest": "HTTPRoute", "grpc": "GRPCRoute"}
_HTTP, _HTTPS = 80, 443
_USUAL_PORTS = {("rest", "http"): _HTTP, ("rest", "https"): _HTTPS, ("grpc", "https"): _HTTPS}
_ENCRYPTED = ("HTTPS", "TLS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The front of one transport.

    Attributes:
        ref: the object that gets the address.
        hosts: the names that it answers to; () for any.
        addresses: where it is, as soon as it is somewhere.
        missing: what keeps it from serving, in the words of its controllers.
        pending: what nobody waits for, because it takes hours and other people, such as a certificate.
        guard: what clients must show.
    """

    ref: ObjectRef
    transport: Transport
    scheme: Literal["http", "https"]
    port: int
    hosts: tuple[str, ...]
    addresses: tuple[str, ...]
    missing: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    guard: Guard = NO_GUARD

    @property
    def asks_for(self) -> str:
        """What clients must show, in words; "" for nothing."""
        return self.guard.asks_for

    @property
    def is_ready(self) -> bool:
        """Whether clients get through."""
        return bool(self.addresses) and not self.missing and not self.pending

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Each address under the first name that stands for no others, or under itself."""
        name = next((host for host in self.hosts if not host.startswith("*")), "")
        how = f"address of {self.ref.kind}/{self.ref.name}"
        return tuple(
            Endpoint(
                transport=self.transport,
                host=name or address,
                port=self.port,
                how=how,
                scheme=self.scheme,
                address=address if name else "",
            )
            for address in self.addresses
        )

    @property
    def urls(self) -> tuple[str, ...]:
        """What clients write, each name once; names lead there when their owner has told the DNS."""
        names = [host for host in self.hosts if not host.startswith("*")] or list(self.addresses)
        found = (
            Endpoint(transport=self.transport, host=name, port=self.port, how="", scheme=self.scheme) for name in names
        )
        return tuple(_shown(endpoint) for endpoint in found) if self.addresses else ()


def _shown(endpoint: Endpoint) -> str:
    """The URL without the port that every client assumes."""
    usual = _USUAL_PORTS.get((endpoint.transport, endpoint.scheme))
    return endpoint.url.removesuffix(f":{usual}") if endpoint.port == usual else endpoint.url


def find_front(service: ObjectRef, *, cluster: Cluster, transport: Transport) -> Front | None:
    """The Ingress or Gateway that leads to the Service; None when there is neither."""
    named = replace(service, name=_instance(service, cluster=cluster))
    routed = _routed(named, cluster=cluster, transport=transport)
    if routed is not None or transport == "grpc":
        return routed
    body = _ingress(named, cluster=cluster)
    return _of_ingress(body, service=named, cluster=cluster) if body is not None else None


def _instance(service: ObjectRef, *, cluster: Cluster) -> str:
    """The name of the service that the Service is part of; its own may be one that somebody else gave it."""
    return labels_of(cluster.get(service) or {}).get(INSTANCE_LABEL) or service.name


def _ingress(service: ObjectRef, *, cluster: Cluster) -> JsonObject | None:
    """Our Ingress of the service, under whatever name."""
    labels = {MANAGED_BY_LABEL: MANAGER, INSTANCE_LABEL: service.name}
    query = ObjectQuery(api_version="networking.k8s.io/v1", kind="Ingress", namespace=service.namespace, labels=labels)
    found: tuple[JsonObject, ...] = if_allowed(lambda: cluster.list(query), otherwise=())
    return found[0] if found else None


def find_fronts(service: ObjectRef, *, cluster: Cluster) -> tuple[Front, ...]:
    """Everything that lets clients from outside in: Ingress, Gateway, or the Service's own load balancer."""
    body = cluster.get(service) or {}
    fronts = (
        find_front(service, cluster=cluster, transport=transport) or _balancer(service, body, transport=transport)
        for transport in TRANSPORTS
    )
    return tuple(front for front in fronts if front is not None)


def _balancer(service: ObjectRef, body: JsonObject, *, transport: Transport) -> Front | None:
    port = service_port(body, transport=transport)
    if port is None or text_at(body, "spec", "type") != "LoadBalancer":
        return None
    addresses = balancer_addresses(body)
    return Front(
        ref=service,
        transport=transport,
        scheme="http",
        port=integer_at(port, "port"),
        hosts=(),
        addresses=addresses,
        missing=() if addresses else ("its load balancer has no address yet",),
    )


def _owned(service: ObjectRef, *, api_version: str, kind: str, cluster: Cluster) -> JsonObject | None:
    """The object of that kind with the Service's name, when it is ours and the login may see it."""
    ref = ObjectRef(api_version=api_version, kind=kind, namespace=service.namespace, name=service.name)
    body = if_allowed(lambda: cluster.get(ref), otherwise=None)
    return body if body is not None and is_owned(labels_of(body), instance=service.name) else None


def _of_ingress(body: JsonObject, *, service: ObjectRef, cluster: Cluster) -> Front:
    ref = ObjectRef(
        api_version="networking.k8s.io/v1",
        kind="Ingress",
        namespace=text_at(body, "metadata", "namespace"),
        name=text_at(body, "metadata", "name"),
    )
    is_encrypted = bool(objects_at(body, "spec", "tls")) or gke_certificates.has_certificate(body)
    addresses = balancer_addresses(body)
    hosts = (text_at(rule, "host") for rule in objects_at(body, "spec", "rules"))
    return Front(
        ref=ref,
        transport="rest",
        scheme="https" if is_encrypted else "http",
        port=_HTTPS if is_encrypted else _HTTP,
        hosts=tuple(host for host in hosts if host),
        addresses=addresses,
        missing=() if addresses else (f"Ingress/{ref.name}: its load balancer has no address yet",),
        pending=gke_certificates.pending(body, cluster=cluster),
        guard=_ingress_guard(body, service=service, cluster=cluster),
    )


def _ingress_guard(body: JsonObject, *, service: ObjectRef, cluster: Cluster) -> Guard:
    """Only GKE's own controller reads a BackendConfig."""
    if value_at(body, "metadata", "annotations", CLASS_ANNOTATION) not in INGRESS_CLASSES:
        return NO_GUARD
    return guard_of_config(_owned(service, api_version=CONFIG_API, kind=CONFIG_KIND, cluster=cluster))


def _routed(service: ObjectRef, *, cluster: Cluster, transport: Transport) -> Front | None:
    route = _owned(service, api_version=GATEWAY_API, kind=_ROUTES[transport], cluster=cluster)
    parent = next(iter(objects_at(route, "spec", "parentRefs")), None) if route is not None else None
    if route is None or parent is None:
        return None
    section = text_at(parent, "sectionName")
    ref = ObjectRef(
        api_version=GATEWAY_API,
        kind="Gateway",
        namespace=text_at(parent, "namespace") or service.namespace,
        name=text_at(parent, "name"),
    )
    gateway = if_allowed(lambda: cluster.get(ref), otherwise=None) or {}
    listener = _listener(gateway, section=section)
    is_encrypted = text_at(listener, "protocol") in _ENCRYPTED
    addresses = gateway_addresses(gateway)
    missing = route_missing(route, gateway=ref.name)
    if gateway:
        missing = (*gateway_missing(gateway, section=section), *missing)
    if gateway and not addresses and not missing:
        missing = (f"Gateway/{ref.name}: it has no address yet",)
    unseen = () if gateway else (f"{ref} cannot be seen with this login: where it is, its owner knows",)
    guard = _gateway_guard(gateway, name=ref.name, service=service, cluster=cluster)
    return Front(
        ref=ref,
        transport=transport,
        scheme="https" if is_encrypted else "http",
        port=integer_at(listener, "port") or (_HTTPS if is_encrypted else _HTTP),
        hosts=_hosts(route),
        addresses=addresses,
        missing=(*missing, *guard.missing),
        pending=(*unseen, *guard.pending),
        guard=guard,
    )


def _gateway_guard(gateway: JsonObject, *, name: str, service: ObjectRef, cluster: Cluster) -> Guard:
    """By the policy of the controller that serves it; by any of ours where the login cannot see which one does."""
    class_name = text_at(gateway, "spec", "gatewayClassName")
    if not class_name.startswith(GATEWAY_PREFIX):
        policy = _owned(service, api_version=GUARD_API, kind=GUARD_KIND, cluster=cluster)
        if policy is not None:
            return guard_of(policy, gateway=name, cluster=cluster)
        if class_name:
            return NO_GUARD
    policy = _owned(service, api_version=POLICY_API, kind=POLICY_KIND, cluster=cluster)
    return guard_of_policy(policy, cluster=cluster)


def _listener(gateway: JsonObject, *, section: str) -> JsonObject:
    """The one that the route joins, else the first with TLS, else any."""
    listeners = objects_at(gateway, "spec", "listeners")
    named = [item for item in listeners if text_at(item, "name") == section]
    encrypted = [item for item in listeners if text_at(item, "protocol") in _ENCRYPTED]
    return next(iter((*named, *encrypted, *listeners)), {})


def _hosts(route: JsonObject) -> tuple[str, ...]:
    names = value_at(route, "spec", "hostnames")
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()
