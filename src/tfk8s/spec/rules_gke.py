"""Rules that join several fields of a GKE cluster; paths start at the cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfk8s.spec.gke_fields import region_of
from tfk8s.spec.gke_gpus import count_misfit, machine_misfit
from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.gke import GkeCluster
    from tfk8s.spec.gke_nodes import NodeAutoscaling, NodeSettings

MADE_BY_AUTOPILOT = (
    "nodes", "autoscaling", "machine_type", "disk_size_gb", "disk_type", "image_type", "gpu", "spot", "node_labels",
    "taints", "tags", "shielded", "node_locations", "node_pools", "addons",
)  # fmt: skip
"""What a user says about nodes, and GKE decides by itself in an Autopilot cluster."""

ALWAYS_WITH_AUTOPILOT = (
    "workload_identity", "shielded_nodes", "dataplane_v2", "vertical_pod_autoscaling", "image_streaming",
)  # fmt: skip
"""What an Autopilot cluster has, asked for or not, and whatever it shows."""


def gke_violations(cluster: GkeCluster) -> tuple[Violation, ...]:
    """Everything that is wrong with a cluster whose fields, each by itself, are right."""
    rules = (_autopilot, _places, _addresses, _features, _pool_names)
    found = [violation for rule in rules for violation in rule(cluster)]
    found += _nodes(cluster, nodes=cluster.nodes, zones=cluster.zone_count, path=())
    for index, pool in enumerate(cluster.node_pools):
        found += _nodes(pool, nodes=pool.nodes, zones=cluster.zone_count, path=("nodePools", index))
    return tuple(found)


def _key(cluster: GkeCluster, name: str) -> str:
    return type(cluster).model_fields[name].alias or name


def _autopilot(cluster: GkeCluster) -> Iterator[Violation]:
    """GKE makes the nodes of such a cluster, and has some features on in every one."""
    if not cluster.autopilot:
        return
    if not cluster.is_regional:
        message = f"is a zone, and autopilot needs a region: write {region_of(cluster.location)}"
        yield Violation(path=("location",), message=message)
    for name in MADE_BY_AUTOPILOT:
        if name in cluster.model_fields_set:
            yield Violation(path=(_key(cluster, name),), message="does not go with autopilot, where GKE decides it")
    for name in ALWAYS_WITH_AUTOPILOT:
        if name in cluster.model_fields_set and getattr(cluster, name) is False:
            yield Violation(path=(_key(cluster, name),), message="cannot be false: autopilot always has it")
    if cluster.release_channel == "none":
        yield Violation(path=("releaseChannel",), message="cannot be none: autopilot needs a channel")


def _places(cluster: GkeCluster) -> Iterator[Violation]:
    """Nodes are in the cluster's region; those of a zonal cluster in its zone and perhaps in others."""
    region = region_of(cluster.location)
    for index, zone in enumerate(cluster.node_locations):
        path = ("nodeLocations", index)
        if region_of(zone) != region:
            yield Violation(path=path, message=f"{zone} is not in {region}, the region of the cluster")
        if zone in cluster.node_locations[:index]:
            yield Violation(path=path, message=f"{zone} is in the list already")
    if cluster.node_locations and not cluster.is_regional and cluster.location not in cluster.node_locations:
        message = f"must have {cluster.location}, the zone of the cluster, among them"
        yield Violation(path=("nodeLocations",), message=message)


def _addresses(cluster: GkeCluster) -> Iterator[Violation]:
    """Only a control plane that private nodes reach has a range of its own."""
    if cluster.control_plane_cidr is not None and not cluster.private_nodes:
        yield Violation(path=("controlPlaneCidr",), message="needs privateNodes: true")


def _features(cluster: GkeCluster) -> Iterator[Violation]:
    """Features that only work together."""
    has_identity = cluster.workload_identity or cluster.autopilot
    for index, addon in enumerate(cluster.addons or ()):
        if addon == "GcsFuseCsiDriver" and not has_identity:
            yield Violation(path=("addons", index), message="GcsFuseCsiDriver needs workloadIdentity: true")
        if addon in (cluster.addons or ())[:index]:
            yield Violation(path=("addons", index), message=f"{addon} is in the list already")
    has_balancing = cluster.addons is None or "HttpLoadBalancing" in cluster.addons
    if cluster.gateway_api == "standard" and not has_balancing:
        yield Violation(path=("gatewayApi",), message="needs HttpLoadBalancing in addons")
    if cluster.managed_prometheus and cluster.monitoring is not None and "SYSTEM" not in cluster.monitoring:
        yield Violation(path=("managedPrometheus",), message="needs SYSTEM in monitoring")


def _pool_names(cluster: GkeCluster) -> Iterator[Violation]:
    """Each pool has a name of its own, and the first one has its name already."""
    times = Counter(["default-pool", *(pool.name for pool in cluster.node_pools)])
    for index, pool in enumerate(cluster.node_pools):
        path = ("nodePools", index, "name")
        if pool.name == "default-pool":
            yield Violation(path=path, message="default-pool is the pool that the cluster's own fields describe")
        elif times[pool.name] > 1:
            yield Violation(path=path, message=f"{pool.name} is given to two pools")


def _nodes(settings: NodeSettings, *, nodes: int, zones: int, path: tuple[str | int, ...]) -> Iterator[Violation]:
    if settings.autoscaling is not None:
        given = nodes if "nodes" in settings.model_fields_set else None
        yield from _bounds(settings.autoscaling, nodes=given, zones=zones, path=path)
    if settings.gpu is not None:
        wrong = machine_misfit(settings.gpu.type, settings.machine_type)
        if wrong:
            yield Violation(path=(*path, "machineType"), message=wrong)
        elif settings.machine_type is not None:
            wrong = count_misfit(settings.gpu.type, machine=settings.machine_type, count=settings.gpu.count)
            if wrong:
                yield Violation(path=(*path, "gpu", "count"), message=wrong)
    for index, taint in enumerate(settings.taints):
        same = [one for one in settings.taints[:index] if (one.key, one.effect) == (taint.key, taint.effect)]
        if same:
            message = f"{taint.key}:{taint.effect} is given by an earlier taint"
            yield Violation(path=(*path, "taints", index), message=message)


def _bounds(
    autoscaling: NodeAutoscaling, *, nodes: int | None, zones: int, path: tuple[str | int, ...]
) -> Iterator[Violation]:
    """GKE takes the bounds of one kind only; a number at the start beyond them would be changed at once."""
    at = (*path, "autoscaling")
    per_zone = autoscaling.min is not None or autoscaling.max is not None
    total = autoscaling.total_min is not None or autoscaling.total_max is not None
    if per_zone and total:
        yield Violation(
            path=at, message="gives bounds per zone and in total: keep min and max, or totalMin and totalMax"
        )
        return
    least, most = (autoscaling.total_min, autoscaling.total_max) if total else (autoscaling.min, autoscaling.max)
    least_key, most_key = ("totalMin", "totalMax") if total else ("min", "max")
    if most is None:
        wanted = most_key if total else "max, or totalMax for all zones together"
        yield Violation(path=at, message=f"needs {wanted}")
        return
    if (least or 0) > most:
        yield Violation(path=(*at, least_key), message=f"is {least}, more than {most_key}, which is {most}")
        return
    started = None if nodes is None else nodes * zones if total else nodes
    if started is not None and not (least or 0) <= started <= most:
        counted = f"{nodes} nodes in each of {zones} zones are {started}" if total else f"is {started}"
        message = f"{counted}, outside {least_key} {least or 0} and {most_key} {most} of autoscaling"
        yield Violation(path=(*path, "nodes"), message=message)
