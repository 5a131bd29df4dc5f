"""The nodes of a cluster as room for one service: what is there now, what node pools may add, what would help."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tfk8s.app.cluster_choice import ChosenCluster
from tfk8s.app.cluster_world import ClusterWorld
from tfk8s.errors import Tfk8sError
from tfk8s.manifest import JsonObject, Manifests
from tfk8s.manifest.fields import integer_at, labels_of, object_at, text_at
from tfk8s.manifest.ownership import INSTANCE_LABEL
from tfk8s.plan.room import (
    Amounts,
    PoolRoom,
    Room,
    admits,
    asked_by,
    fit,
    is_on_every_node,
    left_beside,
)
from tfk8s.ports import ClusterDetail, NodePool, Warn
from tfk8s.ports.cluster import ObjectQuery
from tfk8s.spec import GkeCluster

_POOL_LABEL = "cloud.google.com/gke-nodepool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What would make the pods fit, and the command for it."""

    what: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Live:
    """Nodes that pods of the service may use, with the pods of others on each."""

    nodes: tuple[JsonObject, ...]
    others: dict[str, tuple[JsonObject, ...]]


def room_of(manifests: Manifests, *, detail: ClusterDetail, name: str, world: ClusterWorld) -> Room | None:
    """Count the pods that fit; None where nodes are made as they are needed.

    A cluster that does not answer is judged by what its provider says of the machines alone.
    """
    if not detail.pools:
        return None
    deployment = next(item for item in manifests if item.ref.kind == "Deployment")
    template = object_at(deployment.body, "spec", "template")
    need = asked_by(template)
    live = _live(template, service=deployment.ref.name, namespace=deployment.ref.namespace, name=name, world=world)
    pools = tuple(_pool_room(pool, detail=detail, need=need, live=live) for pool in detail.pools)
    return Room(need=need, wanted=_most_pods(manifests), pools=pools)


def _most_pods(manifests: Manifests) -> int:
    for item in manifests:
        if item.ref.kind == "HorizontalPodAutoscaler":
            return integer_at(item.body, "spec", "maxReplicas", default=1)
    deployment = next(item for item in manifests if item.ref.kind == "Deployment")
    return integer_at(deployment.body, "spec", "replicas", default=1)


def _live(template: JsonObject, *, service: str, namespace: str, name: str, world: ClusterWorld) -> _Live | None:
    try:
        cluster = world.connect(world.clusters.access(name))
        nodes = cluster.list(ObjectQuery(api_version="v1", kind="Node"))
        pods = cluster.list(ObjectQuery(api_version="v1", kind="Pod"))
    except Tfk8sError as error:  # the machines' types tell enough
        world.reporter.emit(
            Warn(message=f"{error.message}; its machines are judged by their type alone", hint=error.hint)
        )
        return None
    others: dict[str, list[JsonObject]] = {}
    for pod in pods:
        is_own = labels_of(pod).get(INSTANCE_LABEL) == service
        if text_at(pod, "metadata", "namespace") != namespace or not is_own:
            others.setdefault(text_at(pod, "spec", "nodeName"), []).append(pod)
    usable = tuple(node for node in nodes if admits(node, template))
    return _Live(nodes=usable, others={node: tuple(found) for node, found in others.items()})


def _pool_room(pool: NodePool, *, detail: ClusterDetail, need: Amounts, live: _Live | None) -> PoolRoom:
    mine = () if live is None else tuple(node for node in live.nodes if _pool_of(node, detail) == pool.name)
    may_add = max(pool.most_nodes - pool.nodes, 0)
    if live is not None and mine:
        others = [live.others.get(text_at(node, "metadata", "name"), ()) for node in mine]
        left = tuple(left_beside(node, pods) for node, pods in zip(mine, others, strict=True))
        new = left_beside(mine[0], tuple(pod for pod in others[0] if is_on_every_node(pod)))
        return PoolRoom(name=pool.name, nodes=left, new_node=new, may_add=may_add)
    machine = Amounts(cpu_millis=pool.cpu_millis, memory_bytes=pool.memory_bytes, gpus=pool.gpus)
    is_known = bool(pool.cpu_millis and pool.memory_bytes)
    is_for_others = pool.gpus > 0 and need.gpus == 0  # GKE taints nodes with GPUs
    is_closed = live is not None and pool.nodes > 0  # its nodes are there, and none of them admits the pods
    if not is_known or is_for_others or is_closed:
        return PoolRoom(name=pool.name, nodes=(), new_node=None, may_add=0)
    nodes = (machine,) * pool.nodes if live is None else ()
    return PoolRoom(name=pool.name, nodes=nodes, new_node=machine, may_add=may_add)


def _pool_of(node: JsonObject, detail: ClusterDetail) -> str:
    return labels_of(node).get(_POOL_LABEL) or (detail.pools[0].name if len(detail.pools) == 1 else "")


def remedy_for(room: Room, *, chosen: ChosenCluster, pools: tuple[NodePool, ...]) -> Remedy | None:
    """The command that makes room; None when there is room."""
    if room.short_of is None:
        return None
    if not isinstance(chosen.request.cluster, GkeCluster):
        return Remedy(what="lower the service's max or its resources", command="edit scaling.max in the spec")
    best = max(room.pools, key=lambda pool: _per_node(pool, room.need), default=None)
    per_node = _per_node(best, room.need) if best is not None else 0
    pool = next((item for item in pools if best is not None and item.name == best.name), None)
    if pool is None or per_node == 0:
        what = f"no node of the cluster has {room.short_of} for one pod: describe a pool of larger machines in the spec"
        return Remedy(what=what, command="tfk8s cluster pools add POOL")
    missing = math.ceil((room.wanted - room.pods) / per_node)
    if pool.is_autoscaled:
        most = math.ceil((pool.most_nodes + missing) / pool.zones)
        what = f"let the pool {pool.name} grow by {missing} more nodes"
        return Remedy(what=what, command=f"tfk8s cluster pools autoscale {pool.name} --max-nodes {most}")
    nodes = math.ceil((pool.nodes + missing) / pool.zones)
    what = f"give the pool {pool.name} {missing} more nodes"
    return Remedy(what=what, command=f"tfk8s cluster pools resize {pool.name} --nodes {nodes}")


def _per_node(pool: PoolRoom, need: Amounts) -> int:
    return fit(pool.new_node, need) if pool.new_node is not None else 0
