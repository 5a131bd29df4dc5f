"""The node pools of a described cluster of GKE: the first one, which the cluster itself describes, and the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfk8s.spec.gke import DEFAULT_POOL
from tfk8s.spec.gke_machines import DEFAULT_MACHINE, Machine, machine

if TYPE_CHECKING:
    from tfk8s.spec.gke import GkeCluster
    from tfk8s.spec.gke_nodes import NodeSettings

DEFAULT_DISK_GB = 100
DEFAULT_DISK = "pd-balanced"
"""What GKE takes when nothing is said about disks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A node pool over all its zones.

    Attributes:
        settings: what its nodes are.
        fewest: nodes that there always are.
        most: nodes that there may be.
    """

    name: str
    settings: NodeSettings
    fewest: int
    most: int

    @property
    def machine_type(self) -> str:
        """Of each node."""
        return self.settings.machine_type or DEFAULT_MACHINE

    @property
    def machine(self) -> Machine | None:
        """What that has; None where it is not known here."""
        return machine(self.machine_type)

    @property
    def disk(self) -> str:
        """Kind of the boot disk of each node."""
        return self.settings.disk_type or DEFAULT_DISK

    @property
    def disk_gb(self) -> int:
        """Its size."""
        return self.settings.disk_size_gb or DEFAULT_DISK_GB

    @property
    def gpus(self) -> int:
        """Of each node."""
        return self.settings.gpu.count if self.settings.gpu is not None else 0


def pools_of(cluster: GkeCluster) -> tuple[Pool, ...]:
    """Its pools, in the order of the spec; an Autopilot cluster has none."""
    if cluster.autopilot:
        return ()
    further = [(pool.name, pool, pool.nodes) for pool in cluster.node_pools]
    return tuple(
        _pool(name, settings, nodes=nodes * cluster.zone_count, zones=cluster.zone_count)
        for name, settings, nodes in [(DEFAULT_POOL, cluster, cluster.nodes), *further]
    )


def _pool(name: str, settings: NodeSettings, *, nodes: int, zones: int) -> Pool:
    fewest, most = (nodes, nodes) if settings.autoscaling is None else settings.autoscaling.in_all(zones)
    return Pool(name=name, settings=settings, fewest=fewest, most=most)
