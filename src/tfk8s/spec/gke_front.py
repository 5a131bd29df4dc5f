"""Whether the front of a service is one of GKE: by its class, or by the cluster when no class is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec

EXTERNAL_INGRESS: Final = "gce"
INTERNAL_INGRESS: Final = "gce-internal"
INGRESS_CLASSES: Final = frozenset({EXTERNAL_INGRESS, INTERNAL_INGRESS})
"""https://cloud.google.com/kubernetes-engine/docs/concepts/ingress#controller_summary."""

GATEWAY_PREFIX: Final = "gke-l7-"
DEFAULT_GATEWAY: Final = "gke-l7-global-external-managed"
MULTI_CLUSTER_SUFFIX: Final = "-mc"
DEFAULT_MULTI_CLUSTER: Final = f"{DEFAULT_GATEWAY}{MULTI_CLUSTER_SUFFIX}"
"""https://cloud.google.com/kubernetes-engine/docs/concepts/gateway-api#gatewayclass."""


def ingress_class(spec: ServiceSpec) -> str | None:
    """The class of the Ingress; None for the cluster's default one."""
    named = spec.expose.ingress.class_name
    if named is None and spec.gke_cluster is not None:
        return EXTERNAL_INGRESS
    return named


def gateway_class(spec: ServiceSpec) -> str | None:
    """The class of the Gateway; None when it exists already, or nothing says."""
    gateway = spec.expose.gateway
    if gateway.class_name is None and gateway.name is None and spec.gke_cluster is not None:
        return DEFAULT_GATEWAY if gateway.multi_cluster is None else DEFAULT_MULTI_CLUSTER
    return gateway.class_name


def is_gke_ingress(spec: ServiceSpec) -> bool:
    """Whether GKE's own controller serves the Ingress."""
    return spec.expose.type == "Ingress" and ingress_class(spec) in INGRESS_CLASSES


def is_gke_gateway(spec: ServiceSpec) -> bool:
    """Whether GKE's own controller serves the Gateway; one that exists is taken for GKE's where the cluster is."""
    if spec.expose.type != "Gateway":
        return False
    named = gateway_class(spec)
    return spec.gke_cluster is not None if named is None else named.startswith(GATEWAY_PREFIX)


def is_multi_cluster(spec: ServiceSpec) -> bool:
    """Whether the Gateway is one of several clusters."""
    return spec.expose.type == "Gateway" and spec.expose.gateway.multi_cluster is not None


def is_front_elsewhere(spec: ServiceSpec) -> bool:
    """Whether the Gateway and its routes are in another cluster, to which this one exports its service."""
    fleet = spec.expose.gateway.multi_cluster
    return is_multi_cluster(spec) and fleet is not None and not fleet.holds_gateway


def is_gke_front(spec: ServiceSpec) -> bool:
    """Whether the front is a load balancer of Google's that GKE makes."""
    balanced = spec.expose.type == "LoadBalancer" and spec.gke_cluster is not None
    return balanced or is_gke_ingress(spec) or is_gke_gateway(spec)


def is_regional(spec: ServiceSpec) -> bool:
    """Whether Google's proxies call from a proxy-only subnet of the network, which only its owner knows."""
    if is_gke_ingress(spec):
        return ingress_class(spec) == INTERNAL_INGRESS
    return is_gke_gateway(spec) and not (gateway_class(spec) or DEFAULT_GATEWAY).startswith(f"{GATEWAY_PREFIX}global-")
