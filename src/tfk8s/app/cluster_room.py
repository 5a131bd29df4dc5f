"""The nodes of a cluster as room for one service: what is there now, what node pools may add, what would help."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tfk8s.app.cluster_choice import ChosenCluster
from tfk8s.app.cluster_world import ClusterWorld
from tfk8s.errors import Tfk8sError
from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.manifest.fields import integer_at, labels_of, object_at, text_at
from tfk8s.manifest.scalers import bounds_of, counts
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
class _Node:
    """A node that is there.

    Attributes:
        is_usable: whether pods of the service may run on it.
        left: beside pods of others.
        anew: what one like it would have left, beside the pods that every node has.
    """

    pool: str
    is_usable: bool
    left: Amounts
    anew: Amounts


def room_of(manifests: Manifests, *, detail: ClusterDetail, name: str, world: ClusterWorld) -> Room | None:
    """Count the pods that fit; None where nodes are made as they are needed.

    A cluster that does not answer is judged by what its provider says of the machines alone.
    """
    if not detail.pools:
        return None
    deployment = next(item for item in manifests if item.ref.kind == "Deployment")
    template = object_at(deployment.body, "spec", "template")
    need = asked_by(template)
    nodes, pods = _live(name, world=world)
    of_others = _by_node(pods, deployment=deployment)
    only_pool = detail.pools[0].name if len(detail.pools) == 1 else ""
    live = tuple(_node(node, of_others, template=template, only_pool=only_pool) for node in nodes)
    pools = tuple(_pool_room(pool, need=need, live=live) for pool in detail.pools)
    return Room(need=need, wanted=_most_pods(manifests), pools=pools)


def _most_pods(manifests: Manifests) -> int:
    for item in manifests:
        if counts(item.ref):
            return bounds_of(item.body)[1]
    deployment = next(item for item in manifests if item.ref.kind == "Deployment")
    return integer_at(deployment.body, "spec", "replicas", default=1)


def _live(name: str, *, world: ClusterWorld) -> tuple[tuple[JsonObject, ...], tuple[JsonObject, ...]]:
    """Nodes and pods; none of a cluster that cannot be asked."""
    try:
        cluster = world.connect(world.clusters.access(name))
        nodes = cluster.list(ObjectQuery(api_version="v1", kind="Node"))
        return nodes, cluster.list(ObjectQuery(api_version="v1", kind="Pod"))
    except Tfk8sError as error:  # the machines' types tell enough
        world.reporter.emit(
            Warn(message=f"{error.message}; its machines are judged by their type alone", hint=error.hint)
        )
        return (), ()


def _by_node(pods: tuple[JsonObject, ...], *, deployment: Manifest) -> dict[str, list[JsonObject]]:
    """The pods of others on each node."""
    found: dict[str, list[JsonObject]] = {}
    selector = object_at(deployment.body, "spec", "selector", "matchLabels")
    for pod in pods:
        is_own = selector.items() <= labels_of(pod).items()
        if text_at(pod, "metadata", "namespace") != deployment.ref.namespace or not is_own:
            found.setdefault(text_at(pod, "spec", "nodeName"), []).append(pod)
    return found


def _node(
    node: JsonObject, of_others: Mapping[str, list[JsonObject]], *, template: JsonObject, only_pool: str
) -> _Node:
    others = of_others.get(text_at(node, "metadata", "name"), [])
    return _Node(
        pool=labels_of(node).get(_POOL_LABEL) or only_pool,
        is_usable=admits(node, template),
        left=left_beside(node, others),
        anew=left_beside(node, [pod for pod in others if is_on_every_node(pod)]),
    )


def _pool_room(pool: NodePool, *, need: Amounts, live: tuple[_Node, ...]) -> PoolRoom:
    there = [node for node in live if node.pool == pool.name]
    usable = [node for node in there if node.is_usable]
    if usable:
        left = tuple(node.left for node in usable)
        may_add = max(pool.most_nodes - len(there), 0)
        return PoolRoom(name=pool.name, nodes=left, new_node=usable[0].anew, may_add=may_add)
    machine = Amounts(cpu_millis=pool.cpu_millis, memory_bytes=pool.memory_bytes, gpus=pool.gpus)
    is_known = bool(pool.cpu_millis and pool.memory_bytes)
    is_for_others = pool.gpus > 0 and need.gpus == 0  # GKE taints nodes with GPUs
    if there or not is_known or is_for_others:  # those that are there do not admit the pods, nor would more of them
        return PoolRoom(name=pool.name, nodes=(), new_node=None, may_add=0)
    may_add = max(pool.most_nodes - pool.nodes, 0)
    return PoolRoom(name=pool.name, nodes=(machine,) * pool.nodes, new_node=machine, may_add=may_add)


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
