"""A node pool of the spec as the Container API's message, equal to what gcloud sends for the same wish."""

from __future__ import annotations

from collections.abc import Mapping

from google.cloud import container_v1

from tfk8s.spec import GkeCluster
from tfk8s.spec.gke_nodes import GpuSpec, NodeAutoscaling, NodeSettings, NodeTaint

DEFAULT_SCOPES = tuple(
    f"https://www.googleapis.com/auth/{name}"
    for name in (
        "devstorage.read_only",
        "logging.write",
        "monitoring",
        "service.management.readonly",
        "servicecontrol",
        "trace.append",
    )
)
"""What gcloud asks for when nothing is said: reading images, writing logs, metrics and traces."""

EFFECTS = {"NoSchedule": "NO_SCHEDULE", "PreferNoSchedule": "PREFER_NO_SCHEDULE", "NoExecute": "NO_EXECUTE"}
"""The API's names of the effects of a taint."""

DRIVERS = {"default": "DEFAULT", "latest": "LATEST", "disabled": "INSTALLATION_DISABLED"}
"""The API's names of the drivers of a GPU."""


def node_pool(settings: NodeSettings, *, name: str, nodes: int, labels: Mapping[str, str]) -> container_v1.NodePool:
    """The message of one pool; `nodes` is per zone, `labels` are those of the cluster in Google Cloud."""
    return container_v1.NodePool(
        name=name,
        initial_node_count=nodes,
        config=node_config(settings, labels=labels),
        autoscaling=None if settings.autoscaling is None else autoscaling_message(settings.autoscaling),
        management=container_v1.NodeManagement(auto_repair=True, auto_upgrade=True),
        upgrade_settings=container_v1.NodePool.UpgradeSettings(max_surge=1),
    )


def autopilot_pool(cluster: GkeCluster, *, name: str) -> container_v1.NodePool:
    """The pool that an Autopilot cluster is asked for, as a form only: GKE makes others."""
    return container_v1.NodePool(name=name, initial_node_count=1, config=node_config(cluster, labels=cluster.labels))


def starting_nodes(cluster: GkeCluster) -> int:
    """Nodes per zone at the start: as the spec says, or as near to its default as autoscaling allows."""
    scaling = cluster.autoscaling
    if scaling is None or "nodes" in cluster.model_fields_set:
        return cluster.nodes
    zones = cluster.zone_count
    if scaling.is_total:
        least, most = -(-(scaling.total_min or 0) // zones), (scaling.total_max or 0) // zones
    else:
        least, most = scaling.min or 0, scaling.max or cluster.nodes
    return max(min(cluster.nodes, most), least, 1)


def node_config(settings: NodeSettings, *, labels: Mapping[str, str]) -> container_v1.NodeConfig:
    """Machine, disk, GPUs, identity and labels of each node."""
    shielded = settings.shielded
    return container_v1.NodeConfig(
        machine_type=settings.machine_type,
        disk_size_gb=settings.disk_size_gb,
        disk_type=settings.disk_type,
        image_type=settings.image_type,
        accelerators=[] if settings.gpu is None else [accelerator(settings.gpu)],
        spot=settings.spot,
        labels=dict(settings.node_labels),
        taints=[taint_message(taint) for taint in settings.taints],
        tags=list(settings.tags),
        service_account=settings.service_account,
        oauth_scopes=scope_urls(settings),
        resource_labels=dict(labels),
        shielded_instance_config=None
        if shielded is None
        else container_v1.ShieldedInstanceConfig(
            enable_secure_boot=shielded.secure_boot, enable_integrity_monitoring=shielded.integrity_monitoring
        ),
    )


def scope_urls(settings: NodeSettings) -> list[str]:
    """Full addresses of the scopes, in the order that they are given in."""
    cloud = "https://www.googleapis.com/auth/cloud-platform"
    return [cloud if scope == "cloud-platform" else scope for scope in settings.scopes or DEFAULT_SCOPES]


def accelerator(gpu: GpuSpec) -> container_v1.AcceleratorConfig:
    """GPUs of a node, with the driver that GKE shall install."""
    return container_v1.AcceleratorConfig(
        accelerator_type=gpu.type,
        accelerator_count=gpu.count,
        gpu_driver_installation_config={"gpu_driver_version": DRIVERS[gpu.driver]},
    )


def taint_message(taint: NodeTaint) -> container_v1.NodeTaint:
    """A taint in the API's words."""
    return container_v1.NodeTaint(key=taint.key, value=taint.value, effect=EFFECTS[taint.effect])


def autoscaling_message(scaling: NodeAutoscaling) -> container_v1.NodePoolAutoscaling:
    """Bounds per zone or in total, as they are given."""
    return container_v1.NodePoolAutoscaling(
        enabled=True,
        min_node_count=scaling.min,
        max_node_count=scaling.max,
        total_min_node_count=scaling.total_min,
        total_max_node_count=scaling.total_max,
        location_policy=scaling.location_policy,
    )
