"""Rules about a Gateway of several clusters: what GKE serves, and which of the regions holds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tfk8s.spec import gke_front
from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec

FLEET_FIELD = ("expose", "gateway", "multiCluster")


def fleets_have_their_gateway(spec: ServiceSpec) -> Iterator[Violation]:
    """Only GKE has such Gateways, of classes of their own, and this project knows their HTTP routes alone."""
    gateway = spec.expose.gateway
    named = gke_front.gateway_class(spec)
    if named is not None and named.startswith(gke_front.GATEWAY_PREFIX):
        is_class_of_fleet = named.endswith(gke_front.MULTI_CLUSTER_SUFFIX)
        if is_class_of_fleet and gateway.multi_cluster is None:
            message = f"{named} is for several clusters: say multiCluster too, as {{holdsGateway: true}}"
            yield Violation(path=("expose", "gateway", "className"), message=message)
        if not is_class_of_fleet and gateway.multi_cluster is not None:
            message = f"{named} is for one cluster: those for several end in {gke_front.MULTI_CLUSTER_SUFFIX}"
            yield Violation(path=("expose", "gateway", "className"), message=message)
    if not gke_front.is_multi_cluster(spec):
        return
    if not gke_front.is_gke_gateway(spec):
        yield Violation(path=FLEET_FIELD, message="needs GKE: cluster.provider gke, or a class of GKE")
    if "grpc" in spec.expose.ports:
        message = "a Gateway of several clusters passes REST alone on: leave grpc out"
        yield Violation(path=("expose", "ports", spec.expose.ports.index("grpc")), message=message)


def wrong_holders(specs: Mapping[str, ServiceSpec]) -> str | None:
    """What is wrong with who holds the Gateway of several regions; None for nothing."""
    fleet = [name for name, spec in specs.items() if gke_front.is_multi_cluster(spec)]
    if not fleet:
        return None
    if len(fleet) < len(specs):
        alone = next(name for name in specs if name not in fleet)
        return f"of {alone} is missing, and {fleet[0]} has one: the Gateway is one of all regions, or of none"
    holders = [name for name in fleet if not gke_front.is_front_elsewhere(specs[name])]
    if len(holders) != 1:
        who = " and ".join(holders) or "no region"
        return f"{who} holds the Gateway: say holdsGateway: true in exactly one region"
    return None
