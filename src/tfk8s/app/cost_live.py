"""What runs now as a bill: the pods that Deployments have, and the nodes that are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from tfk8s.app.cost import Column, bill_for
from tfk8s.app.cost_sites import Site, node_use, usage_at, usage_of
from tfk8s.cost import NodeUse, Usage
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.fields import integer_at, labels_of
from tfk8s.ports.cluster import ForbiddenError, ObjectQuery

if TYPE_CHECKING:
    from tfk8s.plan.workloads import Workload
    from tfk8s.ports import Cluster
    from tfk8s.spec.prices import PriceList

NOW: Final = "now"


class _Kind(NamedTuple):
    """What tells nodes of one price from others."""

    pool: str
    machine_type: str
    is_spot: bool


def live_column(site: Site, *, cluster: Cluster, prices: PriceList | None) -> tuple[Column, tuple[str, ...]]:
    """Write the bill of an hour as it is now.

    Raises:
        Tfk8sError: the cluster does not answer.
    """
    counts = {(each.namespace, each.name): _pods(each, cluster=cluster) for each in site.workloads}
    usage, notes = usage_of(site, lambda each: counts[each.namespace, each.name])
    if site.pools is not None:
        try:
            nodes = Counter(map(_kind, map(labels_of, cluster.list(ObjectQuery(api_version="v1", kind="Node")))))
        except ForbiddenError as error:
            notes = (*notes, f"{error.message}: nodes are counted by the spec, not as they are")
        else:
            usage, notes = _with_nodes(usage, nodes, site=site), tuple(_strangers(nodes, site))
    bill = bill_for(site, usage, prices=prices)
    return Column(name=NOW, bill=bill), tuple(f"{site.name}, {NOW}: {note}" for note in notes)


def _pods(workload: Workload, *, cluster: Cluster) -> int:
    ref = ObjectRef(api_version="apps/v1", kind="Deployment", namespace=workload.namespace, name=workload.name)
    return integer_at(cluster.get(ref), "status", "replicas")


def _kind(labels: Mapping[str, str]) -> _Kind:
    return _Kind(
        pool=labels.get("cloud.google.com/gke-nodepool", "unknown"),
        machine_type=labels.get("node.kubernetes.io/instance-type", "unknown"),
        is_spot=labels.get("cloud.google.com/gke-spot") == "true",
    )


def _with_nodes(usage: Usage, nodes: Mapping[_Kind, int], *, site: Site) -> Usage:
    described = {pool.name: pool for pool in site.pools or ()}
    uses = []
    for kind, count in sorted(nodes.items()):
        hours, pool = Decimal(count), described.get(kind.pool)
        if pool is not None and pool.machine_type == kind.machine_type:
            uses.append(node_use(pool, hours=hours, site=site))
        else:
            uses.append(NodeUse(pool=kind.pool, machine_type=kind.machine_type, hours=hours, spot=kind.is_spot))
    return usage_at(site, pods=usage.pods, nodes=tuple(uses))


def _strangers(nodes: Mapping[_Kind, int], site: Site) -> Iterator[str]:
    """Say which nodes are not as the spec says, of which disks and GPUs are not known."""
    described = {(pool.name, pool.machine_type) for pool in site.pools or ()}
    for kind, count in sorted(nodes.items()):
        if (kind.pool, kind.machine_type) not in described:
            what = f"{count} of {kind.machine_type} in pool {kind.pool}"
            yield f"{what}: the spec does not describe such nodes, so their disks, GPUs and addresses are not counted"
