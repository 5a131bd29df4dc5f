"""The nodes that a recommendation's most pods would need: of the provider, of the cluster as it is, or of the spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tfk8s.app.cluster_choice import ChosenCluster
from tfk8s.app.cluster_room import remedy_for, room_of
from tfk8s.app.cluster_world import ClusterWorld
from tfk8s.app.recommend_checks import most_pods
from tfk8s.app.render import RenderRequest, render_service
from tfk8s.app.simulate_pod import UnknownMachineError, alike_pools
from tfk8s.errors import PreconditionError, Tfk8sError
from tfk8s.manifest import Manifests
from tfk8s.manifest.fields import labels_of, object_at, text_at
from tfk8s.model import ModelInfo
from tfk8s.plan.room import PoolRoom, Room, admits, asked_by, left_beside, offered_by_pool
from tfk8s.plan.workloads import workloads_of
from tfk8s.ports.cluster import Cluster, ObjectQuery
from tfk8s.render import RenderOptions
from tfk8s.spec import GkeCluster, ServiceSpec
from tfk8s.spec.gke_pools import Pool, pools_of


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
    rooms = tuple(_pool(pool) for pool in pools_of(cluster))
    room = Room(need=asked_by(template), wanted=most_pods(manifests), pools=rooms)
    return room, "" if room.short_of is None else "raise the bounds of a pool under cluster, or lower max"


def places_of(spec: ServiceSpec, *, base: Path, infos: Mapping[str, ModelInfo]) -> int | None:
    """How many pods of the service a node of the spec's pools holds, as a simulation counts; None: it does not tell."""
    if not isinstance(spec.cluster, GkeCluster):
        return None
    # Only what pods ask for is looked at, so any image will do: none is built, no model is hashed.
    options = RenderOptions(image=spec.image.base)
    try:
        rendered = render_service(RenderRequest(spec=spec, base=base, infos=infos, options=options))
        (workload,) = workloads_of(rendered.manifests)
        alike, _ = alike_pools(pools_of(spec.cluster), workload.need)
    except (Tfk8sError, UnknownMachineError):  # what is wrong with the spec or its models is told with the room
        return None
    return alike[0].pods if alike else None


def _pool(pool: Pool) -> PoolRoom:
    offered = offered_by_pool(pool)
    if offered is None:
        raise PreconditionError(
            f"what a {pool.machine_type} of pool {pool.name} leaves to pods is not known here",
            hint="look at the cluster: no --offline",
        )
    return PoolRoom(name=pool.name, nodes=(), new_node=offered, may_add=pool.most)
