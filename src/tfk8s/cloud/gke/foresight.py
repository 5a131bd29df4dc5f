"""What a cluster of the spec will consist of, and what of it runs and is billed until it is deleted; no prices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tfk8s.cloud.gke.node_pool import starting_nodes
from tfk8s.spec import GkeCluster
from tfk8s.spec.gke_fields import region_of
from tfk8s.spec.gke_pools import Pool, pools_of

_NOT_SSD = frozenset({"pd-standard", "hyperdisk-balanced"})
"""Kinds of disk that do not count against the quota SSD_TOTAL_GB; pd-balanced does, as pd-ssd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """A pool with its nodes at the start, in each of its zones."""

    pool: Pool
    per_zone: int
    zones: int

    @property
    def nodes(self) -> int:
        return self.per_zone * self.zones

    @property
    def bounds(self) -> tuple[int, int]:
        return self.pool.fewest, self.pool.most


def creates(cluster: GkeCluster) -> tuple[str, ...]:
    """What is made: the cluster, each node pool over all its zones, and what that takes of the region's quotas."""
    kind = "region" if cluster.is_regional else "zone"
    place = f"in the {kind} {cluster.location} of project {cluster.project}"
    if cluster.autopilot:
        return (f"Autopilot cluster {cluster.name} {place}: GKE makes nodes as pods need them",)
    starts = _starts(cluster)
    lines = [
        f"node pool {start.pool.name}: {_machines(start)}, each with {_disk(start)}{_gpus(start)}" for start in starts
    ]
    return (f"cluster {cluster.name} {place}", *lines, _quota(cluster, starts))


def runs(cluster: GkeCluster) -> tuple[str, ...]:
    """What is billed from now on until the cluster is deleted, busy or not."""
    fee = "management of the cluster, by the hour"
    if cluster.autopilot:
        return (fee, "what the pods request, by the second, for as long as they run")
    starts = _starts(cluster)
    return (fee, *(line for start in starts for line in _billed(cluster, start)))


def _billed(cluster: GkeCluster, start: _Start) -> Iterator[str]:
    spot = ", spot" if start.pool.settings.spot else ""
    yield f"{_machines(start)}{spot}"
    least, most = start.bounds
    count = str(start.nodes) if least == most else f"{least} to {most}"
    yield f"{count} x {_disk(start)}"
    gpu = start.pool.settings.gpu
    if gpu is not None:
        gpus = str(start.nodes * gpu.count) if least == most else f"{least * gpu.count} to {most * gpu.count}"
        yield f"{gpus} x {gpu.type}"
    if not cluster.private_nodes:
        yield f"{count} x external address"


def _starts(cluster: GkeCluster) -> tuple[_Start, ...]:
    nodes = (starting_nodes(cluster), *(pool.nodes for pool in cluster.node_pools))
    pools = zip(pools_of(cluster), nodes, strict=True)
    return tuple(_Start(pool=pool, per_zone=count, zones=cluster.zone_count) for pool, count in pools)


def _machines(start: _Start) -> str:
    where = f" ({start.per_zone} in each of {start.zones} zones)" if start.zones > 1 else ""
    text = f"{_nodes(start.nodes)} of {start.pool.machine_type}{where}"
    least, most = start.bounds
    if start.pool.settings.autoscaling is None:
        return text
    return f"{text} at the start, {least} to {most} by autoscaling"


def _disk(start: _Start) -> str:
    return f"{start.pool.disk_gb} GB of {start.pool.disk}"


def _gpus(start: _Start) -> str:
    gpu = start.pool.settings.gpu
    return "" if gpu is None else f" and {gpu.count} x {gpu.type}"


def _quota(cluster: GkeCluster, starts: tuple[_Start, ...]) -> str:
    """Totals at the start, in the words of the quotas that a new project most often lacks."""
    nodes = sum(start.nodes for start in starts)
    parts = [_cpus(starts)]
    parts += [] if cluster.private_nodes else [f"{nodes} external addresses"]
    for is_ssd, kind in ((True, "SSD disks"), (False, "other disks")):
        disks = [start.nodes * start.pool.disk_gb for start in starts if (start.pool.disk not in _NOT_SSD) is is_ssd]
        parts += [f"{sum(disks)} GB of {kind}"] if disks else []
    gpus: Counter[str] = Counter()
    for start in starts:
        gpu = start.pool.settings.gpu
        gpus.update({gpu.type: start.nodes * gpu.count} if gpu is not None else {})
    parts += [f"{count} x {kind}" for kind, count in gpus.items()]
    region = region_of(cluster.location)
    return f"{_nodes(nodes)} in all, which takes of the quotas of {region}: {', '.join(parts)}"


def _cpus(starts: tuple[_Start, ...]) -> str:
    machines = [(start, start.pool.machine) for start in starts]
    cores = sum(start.nodes * known.cpu_millis // 1000 for start, known in machines if known is not None)
    unknown = sorted({start.pool.machine_type for start, known in machines if known is None})
    return f"{cores} CPUs" + (f" and those of {', '.join(unknown)}" if unknown else "")


def _nodes(count: int) -> str:
    return "1 node" if count == 1 else f"{count} nodes"
