"""The nodes that a recommendation's most pods would need: of the provider, of the cluster as it is, or of the spec."""

from __future__ import annotations

from dataclasses import replace

from tfk8s.app.cluster_choice import ChosenCluster
from tfk8s.app.cluster_room import remedy_for, room_of
from tfk8s.app.cluster_world import ClusterWorld
from tfk8s.app.recommend_checks import most_pods
from tfk8s.errors import PreconditionError
from tfk8s.manifest import Manifests
from tfk8s.manifest.fields import labels_of, object_at, text_at
from tfk8s.plan.room import Amounts, PoolRoom, Room, admits, asked_by, left_beside
from tfk8s.ports.cluster import Cluster, ObjectQuery
from tfk8s.spec import GkeCluster, ServiceSpec
from tfk8s.spec.gke_machines import DEFAULT_MACHINE, machine
from tfk8s.spec.gke_nodes import NodeSettings


def provider_room(
    manifests: Manifests, *, chosen: ChosenCluster, spec: ServiceSpec, world: ClusterWorld
) -> tuple[Room | None, str]:
    """Count on the nodes of the spec's cluster, and those that its pools may add; and say what would help.

    Raises:
        PreconditionError: there is no such cluster.
        CloudError: it cannot be found out.
    """
    detail = world.clusters.detail(chosen.request)
    if detail is None:
        raise PreconditionError(
            f"there is no cluster {chosen.request.name}", hint="tfk8s cluster create makes it; then look again"
        )
    room = room_of(manifests, detail=detail, name=chosen.request.name, world=world)
    if room is None:
        return None, ""
    remedy = remedy_for(room, chosen=replace(chosen, service=spec), pools=detail.pools)
    return room, "" if remedy is None else f"{remedy.what}: {remedy.command}"


def nodes_room(manifests: Manifests, *, cluster: Cluster) -> tuple[Room | None, str]:
    """Count on the nodes that are there, beside pods of others; whether there may be more is not known."""
    deployment = next(item for item in manifests if item.ref.kind == "Deployment")
    template = object_at(deployment.body, "spec", "template")
    selector = object_at(deployment.body, "spec", "selector", "matchLabels")
    pods = cluster.list(ObjectQuery(api_version="v1", kind="Pod"))
    left = []
    for node in cluster.list(ObjectQuery(api_version="v1", kind="Node")):
        name = text_at(node, "metadata", "name")
        others = [
            pod
            for pod in pods
            if text_at(pod, "spec", "nodeName") == name
            and not (
                text_at(pod, "metadata", "namespace") == deployment.ref.namespace
                and selector.items() <= labels_of(pod).items()
            )
        ]
        if admits(node, template):
            left.append(left_beside(node, others))
    pool = PoolRoom(name="nodes", nodes=tuple(left), new_node=None, may_add=0)
    room = Room(need=asked_by(template), wanted=most_pods(manifests), pools=(pool,))
    return room, "" if room.short_of is None else "add nodes, or lower max"


def spec_room(manifests: Manifests, *, spec: ServiceSpec) -> tuple[Room | None, str]:
    """Count by the spec's node pools alone, at their most nodes; system pods and those of others are not seen.

    Raises:
        PreconditionError: the spec says nothing of nodes, or of their machines.
    """
    cluster = spec.cluster
    if not isinstance(cluster, GkeCluster):
        raise PreconditionError("the spec does not say which nodes there are", hint="look at the cluster: no --offline")
    if cluster.autopilot:
        return None, ""
    template = object_at(next(item for item in manifests if item.ref.kind == "Deployment").body, "spec", "template")
    zones = cluster.zone_count
    pools: list[tuple[str, NodeSettings, int]] = [("default-pool", cluster, cluster.nodes)]
    pools += [(pool.name, pool, pool.nodes) for pool in cluster.node_pools]
    rooms = tuple(_pool(name, settings, nodes=nodes, zones=zones) for name, settings, nodes in pools)
    room = Room(need=asked_by(template), wanted=most_pods(manifests), pools=rooms)
    return room, "" if room.short_of is None else "raise the bounds of a pool under cluster, or lower max"


def _pool(name: str, settings: NodeSettings, *, nodes: int, zones: int) -> PoolRoom:
    kind = settings.machine_type or DEFAULT_MACHINE
    known = machine(kind)
    if known is None:
        raise PreconditionError(
            f"what a {kind} of pool {name} leaves to pods is not known here", hint="look at the cluster: no --offline"
        )
    most = settings.autoscaling.in_all(zones)[1] if settings.autoscaling is not None else nodes * zones
    offered = Amounts(
        cpu_millis=known.allocatable_cpu_millis,
        memory_bytes=known.allocatable_memory_bytes,
        gpus=settings.gpu.count if settings.gpu is not None else 0,
    )
    return PoolRoom(name=name, nodes=(), new_node=offered, may_add=most)
