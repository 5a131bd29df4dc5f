"""Where a cluster is not what the spec says: what the spec leaves out is GKE's choice, and no difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from google.cloud import container_v1

from tfk8s.cloud.gke import remedy
from tfk8s.cloud.gke.cluster_aspects import ASPECTS, Aspect
from tfk8s.cloud.gke.place import Place
from tfk8s.cloud.gke.pool_difference import pool_differences
from tfk8s.cloud.gke.pools import count_of
from tfk8s.cloud.gke.request import place_of
from tfk8s.ports.provider import FieldDifference
from tfk8s.spec import GkeCluster
from tfk8s.spec.gke import DEFAULT_POOL
from tfk8s.spec.rules_gke import ALWAYS_WITH_AUTOPILOT, MADE_BY_AUTOPILOT


def differences(wanted: GkeCluster, found: container_v1.Cluster) -> tuple[FieldDifference, ...]:
    """Compare field by field what the spec says with what there is, in the spec's order.

    Labels, taints, tags and scopes count as there when they are among those that the cluster has: GKE adds its own.
    A version counts as there when the control plane runs it or a newer one, because GKE upgrades by itself.
    """
    place = place_of(wanted)
    return (*_nodes(wanted, found, place=place), *_cluster(wanted, found, place=place))


def _cluster(wanted: GkeCluster, found: container_v1.Cluster, *, place: Place) -> Iterator[FieldDifference]:
    for aspect in ASPECTS:
        is_said = aspect.name in wanted.model_fields_set and getattr(wanted, aspect.name) is not None
        if not is_said or (wanted.autopilot and aspect.name in ALWAYS_WITH_AUTOPILOT):
            continue
        theirs, ours = aspect.texts(wanted, found)
        if theirs != ours:
            yield FieldDifference(
                field=GkeCluster.model_fields[aspect.name].alias or aspect.name,
                wanted=theirs,
                found=ours,
                remedy=_remedy(aspect, wanted, place=place),
            )


def _remedy(aspect: Aspect, wanted: GkeCluster, *, place: Place) -> str:
    if aspect.name == "version":
        return remedy.upgrade(place, "--master", "--cluster-version", str(wanted.version))
    return remedy.ANEW if aspect.flags is None else remedy.update(place, *aspect.flags(wanted))


def _nodes(wanted: GkeCluster, found: container_v1.Cluster, *, place: Place) -> Iterator[FieldDifference]:
    if found.autopilot.enabled and not wanted.autopilot:
        is_told_below = "autopilot" in wanted.model_fields_set
        if not is_told_below and not wanted.model_fields_set.isdisjoint(MADE_BY_AUTOPILOT):
            yield FieldDifference(field="autopilot", wanted="false", found="true", remedy=remedy.ANEW)
    if wanted.autopilot or found.autopilot.enabled:
        return
    pools = {pool.name: pool for pool in found.node_pools}
    first = pools.get(DEFAULT_POOL)
    nodes = wanted.nodes if "nodes" in wanted.model_fields_set else None
    if first is not None:
        yield from pool_differences(wanted, first, nodes=nodes, count=count_of(first, found=found), place=place)
    elif nodes is not None:
        why = f"the cluster was made without {DEFAULT_POOL}: describe its pools under nodePools"
        yield _missing_pool(DEFAULT_POOL, field="nodes", nodes=nodes, way_on=why)
    for pool in wanted.node_pools:
        field = f"nodePools[{pool.name}]"
        has = pools.get(pool.name)
        if has is None:
            yield _missing_pool(pool.name, field=field, nodes=pool.nodes, way_on=remedy.add_pool(pool.name))
            continue
        count = count_of(has, found=found)
        for difference in pool_differences(pool, has, nodes=pool.nodes, count=count, place=place):
            yield replace(difference, field=f"{field}.{difference.field}")


def _missing_pool(pool: str, *, field: str, nodes: int, way_on: str) -> FieldDifference:
    wanted = f"{nodes} nodes in each zone"
    return FieldDifference(field=field, wanted=wanted, found=f"no node pool {pool}", remedy=way_on)
