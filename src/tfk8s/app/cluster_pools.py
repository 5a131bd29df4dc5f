"""The use-cases of `tfk8s cluster pools`: add one that the spec describes, resize one, move its bounds."""

from __future__ import annotations

from collections.abc import Callable

from tfk8s.app.cluster_choice import ChosenCluster
from tfk8s.app.cluster_world import ClusterWorld
from tfk8s.app.steps import Done, Steps
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.ports import ClusterDetail, ClusterRequest, NodePool, PoolChange
from tfk8s.spec import GkeCluster


def add_pool(chosen: ChosenCluster, pool: str, *, world: ClusterWorld) -> bool:
    """Make a node pool of the spec; False when the cluster has one of this name.

    Raises:
        InputError: the spec describes no such pool.
        PreconditionError: there is no such cluster.
        CloudError: it could not be made.
    """
    check_described(chosen, pool)
    if any(found.name == pool for found in _detail(chosen.request, world=world).pools):
        return False
    _run(
        f"pool {pool}", lambda: world.clusters.add_pool(chosen.request, pool=pool, reporter=world.reporter), world=world
    )
    return True


def check_described(chosen: ChosenCluster, pool: str) -> None:
    """Refuse a pool that nothing describes.

    Raises:
        InputError: the spec has no such pool.
    """
    cluster = chosen.request.cluster
    known = [item.name for item in cluster.node_pools] if isinstance(cluster, GkeCluster) else []
    if pool not in known:
        raise InputError(
            f"the spec describes no node pool {pool}",
            hint="describe it under cluster.nodePools; there are: " + (", ".join(known) or "none"),
        )


def change_pool(chosen: ChosenCluster, change: PoolChange, *, world: ClusterWorld) -> bool:
    """Resize a pool, or change the bounds of its autoscaling; False when it is so already.

    Raises:
        InputError: the cluster has no such pool, or the bounds exclude each other.
        PreconditionError: there is no such cluster.
        CloudError: it could not be changed.
    """
    pool = find_pool(chosen, change, world=world)
    if _is_so(pool, change):
        return False
    _run(
        f"pool {change.pool}",
        lambda: world.clusters.change_pool(chosen.request, change, reporter=world.reporter),
        world=world,
    )
    return True


def find_pool(chosen: ChosenCluster, change: PoolChange, *, world: ClusterWorld) -> NodePool:
    """The pool that a change is about.

    Raises:
        InputError: the cluster has no such pool, or the change does not fit it.
        PreconditionError: there is no such cluster.
    """
    pools = _detail(chosen.request, world=world).pools
    pool = next((found for found in pools if found.name == change.pool), None)
    if pool is None:
        raise InputError(
            f"the cluster {chosen.request.name} has no node pool {change.pool}",
            hint="there are: " + (", ".join(found.name for found in pools) or "none, GKE makes nodes by itself"),
        )
    least, most = _bounds(pool, change)
    if least > most:
        raise InputError(
            f"at least {least} nodes and at most {most} in each zone exclude each other", hint="raise --max-nodes"
        )
    if change.nodes is not None and pool.is_autoscaled and not least <= change.nodes <= most:
        raise InputError(
            f"{change.nodes} nodes in each zone are outside the bounds of the pool's autoscaling, {least} to {most}",
            hint=f"tfk8s cluster pools autoscale {pool.name} moves the bounds",
        )
    return pool


def change_json(chosen: ChosenCluster, change: PoolChange, *, is_changed: bool) -> JsonObject:
    """The stable form of `-o json`; all numbers are per zone."""
    return {
        "cluster": chosen.request.name,
        "pool": change.pool,
        "nodes": change.nodes,
        "minNodes": change.min_nodes,
        "maxNodes": change.max_nodes,
        "changed": is_changed,
    }


def _bounds(pool: NodePool, change: PoolChange) -> tuple[int, int]:
    """Per zone, as they are after the change."""
    least, most = pool.fewest_nodes // pool.zones, pool.most_nodes // pool.zones
    return (
        change.min_nodes if change.min_nodes is not None else least if pool.is_autoscaled else 0,
        change.max_nodes if change.max_nodes is not None else most,
    )


def _is_so(pool: NodePool, change: PoolChange) -> bool:
    if change.nodes is not None:
        return pool.nodes == change.nodes * pool.zones
    least, most = _bounds(pool, change)
    return pool.is_autoscaled and (pool.fewest_nodes, pool.most_nodes) == (least * pool.zones, most * pool.zones)


def _detail(request: ClusterRequest, *, world: ClusterWorld) -> ClusterDetail:
    detail = world.clusters.detail(request)
    if detail is None:
        raise PreconditionError(f"there is no cluster {request.name}", hint="tfk8s cluster create makes it")
    return detail


def _run(step: str, work: Callable[[], None], *, world: ClusterWorld) -> None:
    def done() -> Done[None]:
        work()
        return Done(value=None, outcome="done")

    Steps(clock=world.clock, reporter=world.reporter).run(step, done)
