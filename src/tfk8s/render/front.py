"""What stands between clients and the Service, and what it asks of the objects behind it: the table of all fronts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from tfk8s.render import gke
from tfk8s.spec import PortName, ServiceSpec
from tfk8s.spec.gke_front import is_gke_gateway, is_gke_ingress

_H2C = "kubernetes.io/h2c"
"""HTTP/2 without TLS, for the proxies of the Gateway API: https://gateway-api.sigs.k8s.io/geps/gep-1911/."""


class Front(NamedTuple):
    """Needs of a front; a Service that clients reach by itself has none.

    Attributes:
        annotations: of the Service.
        protocols: what its ports speak, where a proxy must be told.
        ranges: addresses that the front's proxies and health checks call from.
        drain_s: seconds until the front has forgotten a pod that is deleted.
    """

    annotations: Mapping[str, str] = MappingProxyType({})
    protocols: Mapping[PortName, str] = MappingProxyType({})
    ranges: tuple[str, ...] = ()
    drain_s: int = 0


def front_of(spec: ServiceSpec) -> Front:
    """The front that the spec asks for."""
    expose = spec.expose
    if is_gke_ingress(spec):
        annotations = gke.ingress_backend_annotations(spec.name)
        return Front(annotations=annotations, ranges=gke.PROXY_RANGES, drain_s=gke.DRAIN_S)
    if expose.type == "Gateway":
        protocols: dict[PortName, str] = {"grpc": _H2C}
        if is_gke_gateway(spec):
            fleet = expose.gateway.multi_cluster
            annotations = gke.capacity_annotations(fleet.pod_rate) if fleet is not None else {}
            return Front(annotations=annotations, protocols=protocols, ranges=gke.PROXY_RANGES, drain_s=gke.DRAIN_S)
        return Front(protocols=protocols)
    if expose.type == "LoadBalancer" and expose.address_name is not None:
        return Front(annotations=gke.balancer_annotations(expose.address_name))
    return Front()


def drain_s(spec: ServiceSpec) -> int:
    """Seconds that a stopping pod serves on: the spec's own number, else at least what the front needs."""
    stated = spec.lifecycle.drain_seconds
    if "drain_seconds" in spec.lifecycle.model_fields_set:
        return stated
    return max(stated, front_of(spec).drain_s)
