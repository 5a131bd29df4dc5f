"""Rules about what stands in front of the Service: names, certificates, classes, and who may reach administration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfk8s.spec import gke_front
from tfk8s.spec.expose import ExposeSpec, ExposeType, TlsSpec
from tfk8s.spec.gke_front import is_gke_front, is_gke_gateway, is_gke_ingress, is_regional
from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec

_LONGEST_MANAGED = 63
_MOST_MANAGED = 100
_MOST_ROUTE_HOSTS = 16
_ROUTED: tuple[ExposeType, ...] = ("Ingress", "Gateway")
_FIELDS: tuple[tuple[str, str, tuple[ExposeType, ...]], ...] = (
    ("expose_administration", "exposeAdministration", ("LoadBalancer", "NodePort")),
    ("host", "host", _ROUTED),
    ("hosts", "hosts", _ROUTED),
    ("grpc_host", "grpcHost", ("Gateway",)),
    ("tls", "tls", _ROUTED),
    ("ingress", "ingress", ("Ingress",)),
    ("gateway", "gateway", ("Gateway",)),
    ("address_name", "addressName", ("LoadBalancer", *_ROUTED)),
    ("max_request_size", "maxRequestSize", ("Ingress",)),
    ("proxies", "proxies", ("NodePort", "LoadBalancer", *_ROUTED)),
)
"""Attribute, key, and the types for which it means something."""


def exposure_fields_fit_the_type(spec: ServiceSpec) -> Iterator[Violation]:
    """A field that has no effect would be taken for protection that is not there."""
    for attribute, key, types in _FIELDS:
        if attribute in spec.expose.model_fields_set and spec.expose.type not in types:
            yield Violation(path=("expose", key), message=f"needs type {' or '.join(types)}")


def administration_is_exposed_on_purpose(spec: ServiceSpec) -> Iterator[Violation]:
    """A gRPC port that is open to the world lets the world replace the models: that takes a word of its own."""
    expose = spec.expose
    if expose.type == "LoadBalancer" and "grpc" in expose.ports and not expose.expose_administration:
        message = (
            "grpc also takes configuration calls, from whoever reaches the load balancer: leave it out, use type "
            "Gateway (predictions alone), or say exposeAdministration: true"
        )
        yield Violation(path=("expose", "ports", expose.ports.index("grpc")), message=message)
    if expose.expose_administration and "grpc" not in expose.ports:
        yield Violation(path=("expose", "exposeAdministration"), message="needs grpc in expose.ports")


def hosts_are_given_once(spec: ServiceSpec) -> Iterator[Violation]:
    """One way to name hosts; a Gateway may not send HTTP and gRPC of one name to two kinds of routes."""
    expose = spec.expose
    if expose.host is not None and expose.hosts:
        yield Violation(path=("expose", "hosts"), message="does not go with host: move that one into the list")
    for index, host in enumerate(expose.hosts):
        if host in expose.hosts[:index]:
            yield Violation(path=("expose", "hosts", index), message=f"{host} is in the list already")
    if expose.type != "Gateway":
        return
    if len(expose.hosts) + (expose.grpc_host is not None) > _MOST_ROUTE_HOSTS:
        message = f"a route of a Gateway takes at most {_MOST_ROUTE_HOSTS} names, grpcHost among them"
        yield Violation(path=("expose", "hosts"), message=message)
    has_both = {"rest", "grpc"} <= set(expose.ports)
    if has_both and expose.grpc_host is None:
        message = "is missing: with both ports, gRPC needs a name of its own (the Gateway API forbids sharing one)"
        yield Violation(path=("expose", "grpcHost"), message=message)
    if has_both and not expose.host_names:
        yield Violation(path=("expose", "host"), message="is missing: with both ports, REST and gRPC need a name each")
    if not has_both and expose.grpc_host is not None:
        yield Violation(path=("expose", "grpcHost"), message="needs both ports: host names the only one")
    elif expose.grpc_host is not None and any(_overlap(host, expose.grpc_host) for host in expose.host_names):
        message = f"{expose.grpc_host} is a name for REST too: the Gateway API forbids sharing one"
        yield Violation(path=("expose", "grpcHost"), message=message)


def _overlap(one: str, other: str) -> bool:
    """Whether some name fits both, each of which may begin with a wildcard label."""
    if one == other:
        return True
    for pattern, name in ((one, other), (other, one)):
        if pattern.startswith("*.") and name.removeprefix("*").endswith(pattern[1:]):
            return True
    return False


def certificates_have_one_source(spec: ServiceSpec) -> Iterator[Violation]:
    """Exactly one source, one that the front knows, for names that are known."""
    tls, expose = spec.expose.certificate, spec.expose
    if tls is None or not expose.is_routed:
        return
    path = ("expose", "tls")
    given = _sources(tls)
    if len(given) != 1:
        what = "exactly one of secretName, managed, preSharedCertificates and certificateMap"
        yield Violation(path=path, message=f"needs {what}" + (f", not {' and '.join(given)}" if given else ""))
        return
    if expose.type == "Gateway" and expose.gateway.name is not None:
        yield Violation(path=path, message=f"belongs to the Gateway {expose.gateway.name}, which exists already")
        return
    if not expose.host_names:
        yield Violation(path=("expose", "host"), message="is missing: a certificate is for a name")
    message = _unfit(given[0], spec)
    if message:
        yield Violation(path=(*path, given[0]), message=message)


def _sources(tls: TlsSpec) -> list[str]:
    given = {
        "secretName": tls.secret_name is not None,
        "managed": tls.managed,
        "preSharedCertificates": bool(tls.pre_shared_certificates),
        "certificateMap": tls.certificate_map is not None,
    }
    return [key for key, is_given in given.items() if is_given]


def _unfit(source: str, spec: ServiceSpec) -> str | None:
    external = is_gke_ingress(spec) and gke_front.ingress_class(spec) == gke_front.EXTERNAL_INGRESS
    if source == "managed" and not external:
        instead = "; a Gateway of GKE takes certificateMap or preSharedCertificates" if is_gke_gateway(spec) else ""
        return f"needs type Ingress of GKE's class gce{instead}"
    if source == "managed":
        return _unmanageable(spec.expose.host_names)
    if source == "preSharedCertificates" and not (is_gke_ingress(spec) or is_gke_gateway(spec)):
        return "needs an Ingress or a Gateway of GKE"
    if source == "certificateMap" and (not is_gke_gateway(spec) or is_regional(spec)):
        return f"needs a Gateway of GKE of a global class, as {gke_front.DEFAULT_GATEWAY}"
    return None


def _unmanageable(hosts: tuple[str, ...]) -> str | None:
    """What a ManagedCertificate takes: https://cloud.google.com/kubernetes-engine/docs/how-to/managed-certs."""
    if any(host.startswith("*.") for host in hosts):
        return "Google makes no such certificate for a name with *: list the names"
    strange = [host for host in hosts if len(host) > _LONGEST_MANAGED or "." not in host]
    if strange:
        return f"Google makes no such certificate for {strange[0]}: a name has a dot and at most 63 characters"
    if len(hosts) > _MOST_MANAGED:
        return f"Google makes a certificate for at most {_MOST_MANAGED} names, and expose.hosts has {len(hosts)}"
    return None


def fronts_are_named(spec: ServiceSpec) -> Iterator[Violation]:
    """A Gateway is made by a class, or is there already; an Ingress leads to REST."""
    expose = spec.expose
    if expose.type == "Gateway":
        yield from _gateway(expose, is_made=gke_front.gateway_class(spec) is not None)
    elif expose.type == "Ingress" and "rest" not in expose.ports:
        message = "needs rest: an Ingress cannot tell gRPC predictions from administration; type Gateway can"
        yield Violation(path=("expose", "ports"), message=message)
    if is_gke_gateway(spec) and "rest" not in expose.ports:
        message = "needs rest: the load balancer's health check asks that port"
        yield Violation(path=("expose", "ports"), message=message)


def _gateway(expose: ExposeSpec, *, is_made: bool) -> Iterator[Violation]:
    gateway, path = expose.gateway, ("expose", "gateway")
    if gateway.name is None:
        if not is_made:
            message = "is missing: say which controller makes the Gateway, as eg, or name one that exists"
            yield Violation(path=(*path, "className"), message=message)
        for key, value in (("namespace", gateway.namespace), ("sectionName", gateway.section_name)):
            if value is not None:
                yield Violation(path=(*path, key), message="needs name: it is about a Gateway that exists")
        return
    if gateway.annotations:
        yield Violation(path=(*path, "annotations"), message=f"has no effect on {gateway.name}, which exists already")
    if expose.address_name is not None:
        message = f"has no effect on the Gateway {gateway.name}, which exists already"
        yield Violation(path=("expose", "addressName"), message=message)


def clouds_match(spec: ServiceSpec) -> Iterator[Violation]:
    """What only GKE knows needs GKE."""
    expose = spec.expose
    if expose.address_name is not None and expose.type in ("LoadBalancer", *_ROUTED) and not is_gke_front(spec):
        message = "needs GKE: cluster.provider gke" + (", or a class of GKE" if expose.is_routed else "")
        yield Violation(path=("expose", "addressName"), message=message)
    if spec.kind_cluster is None or not (is_gke_ingress(spec) or is_gke_gateway(spec)):
        return
    part = "ingress" if expose.type == "Ingress" else "gateway"
    message = "is a class of GKE, and cluster.provider is kind"
    yield Violation(path=("expose", part, "className"), message=message)
