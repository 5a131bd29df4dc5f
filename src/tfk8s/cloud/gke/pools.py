"""Node pools of a cluster as GKE has them, counted over all zones."""

from __future__ import annotations

from dataclasses import dataclass

from google.cloud import container_v1

from tfk8s.ports.managed import NodePool
from tfk8s.spec.gke import ZONES_OF_A_REGION
from tfk8s.spec.gke_fields import is_zone
from tfk8s.spec.gke_machines import DEFAULT_MACHINE, machine


def node_pools(found: container_v1.Cluster) -> tuple[NodePool, ...]:
    """Each pool with its nodes now, its bounds and what one node leaves to pods, in GKE's order.

    An Autopilot cluster has none that matter: its nodes follow the pods.
    """
    if found.autopilot.enabled:
        return ()
    return tuple(_pool(pool, count=count_of(pool, found=found)) for pool in found.node_pools)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCount:
    """How many nodes a pool has in all its zones."""

    nodes: int
    zones: int

    def __str__(self) -> str:
        """Per zone, as specs and commands count; in all where the zones differ."""
        each, rest = divmod(self.nodes, self.zones)
        return f"{self.nodes} in all zones" if rest else str(each)


def count_of(pool: container_v1.NodePool, *, found: container_v1.Cluster) -> NodeCount:
    """Count the nodes of a pool.

    GKE tells how many nodes there are for the cluster as a whole. A single pool's number is taken from there; with
    several pools, a pool's number is what it was last made or resized to.
    """
    zones = len(pool.locations) or len(found.locations)
    zones = zones or (1 if is_zone(found.location or found.zone) else ZONES_OF_A_REGION)
    counted = found.current_node_count if len(found.node_pools) == 1 else 0
    return NodeCount(nodes=counted or pool.initial_node_count * zones, zones=zones)


def _pool(pool: container_v1.NodePool, *, count: NodeCount) -> NodePool:
    nodes, zones = count.nodes, count.zones
    fewest, most = _bounds(pool.autoscaling, zones=zones) if pool.autoscaling.enabled else (nodes, nodes)
    machine_type = pool.config.machine_type or DEFAULT_MACHINE
    known = machine(machine_type)
    return NodePool(
        name=pool.name,
        machine_type=machine_type,
        status="" if pool.status.name == "STATUS_UNSPECIFIED" else pool.status.name,
        nodes=nodes,
        fewest_nodes=fewest,
        most_nodes=most,
        is_autoscaled=pool.autoscaling.enabled,
        is_spot=pool.config.spot or pool.config.preemptible,
        cpu_millis=known.allocatable_cpu_millis if known else 0,
        memory_bytes=known.allocatable_memory_bytes if known else 0,
        gpus=sum(accelerator.accelerator_count for accelerator in pool.config.accelerators),
        zones=zones,
    )


def _bounds(autoscaling: container_v1.NodePoolAutoscaling, *, zones: int) -> tuple[int, int]:
    """Bounds in total as they are; bounds per zone once for each zone."""
    if autoscaling.total_max_node_count:
        return autoscaling.total_min_node_count, autoscaling.total_max_node_count
    return autoscaling.min_node_count * zones, autoscaling.max_node_count * zones
