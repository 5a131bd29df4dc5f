"""What a cluster of the spec will consist of, and what of it runs and is billed until it is deleted; no prices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tfk8s.cloud.gke.node_pool import starting_nodes
from tfk8s.spec import GkeCluster
from tfk8s.spec.gke import DEFAULT_POOL
from tfk8s.spec.gke_fields import region_of
from tfk8s.spec.gke_machines import DEFAULT_MACHINE, machine
from tfk8s.spec.gke_nodes import NodeSettings
from tfk8s.spec.gke_pools import DEFAULT_DISK, DEFAULT_DISK_GB

_NOT_SSD = frozenset({"pd-standard", "hyperdisk-balanced"})
"""Kinds of disk that do not count against the quota SSD_TOTAL_GB; pd-balanced does, as pd-ssd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pool:
    """A pool with its nodes at the start in all zones, and the fewest and the most of them."""

    name: str
    settings: NodeSettings
    per_zone: int
    zones: int

    @property
    def nodes(self) -> int:
        return self.per_zone * self.zones

    @property
    def bounds(self) -> tuple[int, int]:
        scaling = self.settings.autoscaling
        return (self.nodes, self.nodes) if scaling is None else scaling.in_all(self.zones)

    @property
    def machine_type(self) -> str:
        return self.settings.machine_type or DEFAULT_MACHINE

    @property
    def disk(self) -> str:
        return self.settings.disk_type or DEFAULT_DISK

    @property
    def disk_gb(self) -> int:
        return self.settings.disk_size_gb or DEFAULT_DISK_GB


def creates(cluster: GkeCluster) -> tuple[str, ...]:
    """What is made: the cluster, each node pool over all its zones, and what that takes of the region's quotas."""
    kind = "region" if cluster.is_regional else "zone"
    place = f"in the {kind} {cluster.location} of project {cluster.project}"
    if cluster.autopilot:
        return (f"Autopilot cluster {cluster.name} {place}: GKE makes nodes as pods need them",)
    pools = _pools(cluster)
    lines = [f"node pool {pool.name}: {_machines(pool)}, each with {_disk(pool)}{_gpus(pool)}" for pool in pools]
    return (f"cluster {cluster.name} {place}", *lines, _quota(cluster, pools))


def runs(cluster: GkeCluster) -> tuple[str, ...]:
    """What is billed from now on until the cluster is deleted, busy or not."""
    fee = "management of the cluster, by the hour"
    if cluster.autopilot:
        return (fee, "what the pods request, by the second, for as long as they run")
    pools = _pools(cluster)
    return (fee, *(line for pool in pools for line in _billed(cluster, pool)))


def _billed(cluster: GkeCluster, pool: _Pool) -> Iterator[str]:
    spot = ", spot" if pool.settings.spot else ""
    yield f"{_machines(pool)}{spot}"
    least, most = pool.bounds
    count = str(pool.nodes) if least == most else f"{least} to {most}"
    yield f"{count} x {_disk(pool)}"
    gpu = pool.settings.gpu
    if gpu is not None:
        gpus = str(pool.nodes * gpu.count) if least == most else f"{least * gpu.count} to {most * gpu.count}"
        yield f"{gpus} x {gpu.type}"
    if not cluster.private_nodes:
        yield f"{count} x external address"


def _pools(cluster: GkeCluster) -> tuple[_Pool, ...]:
    zones = cluster.zone_count
    first = _Pool(name=DEFAULT_POOL, settings=cluster, per_zone=starting_nodes(cluster), zones=zones)
    further = (_Pool(name=pool.name, settings=pool, per_zone=pool.nodes, zones=zones) for pool in cluster.node_pools)
    return (first, *further)


def _machines(pool: _Pool) -> str:
    where = f" ({pool.per_zone} in each of {pool.zones} zones)" if pool.zones > 1 else ""
    text = f"{_nodes(pool.nodes)} of {pool.machine_type}{where}"
    least, most = pool.bounds
    if pool.settings.autoscaling is None:
        return text
    return f"{text} at the start, {least} to {most} by autoscaling"


def _disk(pool: _Pool) -> str:
    return f"{pool.disk_gb} GB of {pool.disk}"


def _gpus(pool: _Pool) -> str:
    gpu = pool.settings.gpu
    return "" if gpu is None else f" and {gpu.count} x {gpu.type}"


def _quota(cluster: GkeCluster, pools: tuple[_Pool, ...]) -> str:
    """Totals at the start, in the words of the quotas that a new project most often lacks."""
    nodes = sum(pool.nodes for pool in pools)
    parts = [_cpus(pools)]
    parts += [] if cluster.private_nodes else [f"{nodes} external addresses"]
    for is_ssd, kind in ((True, "SSD disks"), (False, "other disks")):
        disks = [pool.nodes * pool.disk_gb for pool in pools if (pool.disk not in _NOT_SSD) is is_ssd]
        parts += [f"{sum(disks)} GB of {kind}"] if disks else []
    gpus: Counter[str] = Counter()
    for pool in pools:
        gpu = pool.settings.gpu
        gpus.update({gpu.type: pool.nodes * gpu.count} if gpu is not None else {})
    parts += [f"{count} x {kind}" for kind, count in gpus.items()]
    region = region_of(cluster.location)
    return f"{_nodes(nodes)} in all, which takes of the quotas of {region}: {', '.join(parts)}"


def _cpus(pools: tuple[_Pool, ...]) -> str:
    machines = [(pool, machine(pool.machine_type)) for pool in pools]
    cores = sum(pool.nodes * known.cpu_millis // 1000 for pool, known in machines if known is not None)
    unknown = sorted({pool.machine_type for pool, known in machines if known is None})
    return f"{cores} CPUs" + (f" and those of {', '.join(unknown)}" if unknown else "")


def _nodes(count: int) -> str:
    return "1 node" if count == 1 else f"{count} nodes"
