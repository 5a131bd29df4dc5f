"""A cluster as GKE shows it after it was asked for: all that nobody said is filled in."""

from __future__ import annotations

from google.cloud import container_v1

_SCOPE = "https://www.googleapis.com/auth/"


def echo(request: container_v1.CreateClusterRequest, *, version: str = "1.34.1-gke.1") -> container_v1.Cluster:
    """The cluster of the request, with GKE's choices, additions and ways of writing."""
    cluster = container_v1.Cluster()
    container_v1.Cluster.copy_from(cluster, request.cluster)
    cluster.location = request.parent.rpartition("/")[2]
    cluster.zone = cluster.location
    cluster.current_master_version = version
    cluster.resource_labels["goog-managed"] = "x"
    if not cluster.locations:
        zone = cluster.location if cluster.location.count("-") > 1 else f"{cluster.location}-a"
        cluster.locations = [zone] if cluster.location == zone else [zone, zone[:-1] + "b", zone[:-1] + "c"]
    _fill_network(cluster)
    _fill_features(cluster)
    for pool in cluster.node_pools:
        fill_pool(pool)
    return cluster


def _fill_network(cluster: container_v1.Cluster) -> None:
    said, under = cluster.network or "default", cluster.subnetwork or "default"
    cluster.network_config.network = said if "/" in said else f"projects/my-project/global/networks/{said}"
    cluster.network_config.subnetwork = (
        under if "/" in under else f"projects/my-project/regions/us-central1/subnetworks/{under}"
    )
    cluster.network, cluster.subnetwork = said.rpartition("/")[2], under.rpartition("/")[2]
    policy = cluster.ip_allocation_policy
    policy.use_ip_aliases = True
    policy.cluster_secondary_range_name = policy.cluster_secondary_range_name or "gke-c-pods-1a2b3c4d"
    policy.services_secondary_range_name = policy.services_secondary_range_name or "gke-c-services-1a2b3c4d"


def _fill_features(cluster: container_v1.Cluster) -> None:
    if "release_channel" not in cluster:
        cluster.release_channel = container_v1.ReleaseChannel(channel="REGULAR")
    if "shielded_nodes" not in cluster:
        cluster.shielded_nodes = container_v1.ShieldedNodes(enabled=True)
    if "logging_config" not in cluster:
        both = {"enable_components": ["SYSTEM_COMPONENTS", "WORKLOADS"]}
        cluster.logging_config = container_v1.LoggingConfig(component_config=both)
    if "component_config" not in cluster.monitoring_config:
        usual = container_v1.MonitoringComponentConfig(enable_components=["SYSTEM_COMPONENTS", "HPA", "POD"])
        cluster.monitoring_config.component_config = usual
    if "managed_prometheus_config" not in cluster.monitoring_config:
        cluster.monitoring_config.managed_prometheus_config = container_v1.ManagedPrometheusConfig(enabled=True)
    if "addons_config" not in cluster:
        cluster.addons_config = container_v1.AddonsConfig(gce_persistent_disk_csi_driver_config={"enabled": True})


def fill_pool(pool: container_v1.NodePool) -> None:
    """GKE's choices and additions for a pool."""
    config = pool.config
    config.machine_type = config.machine_type or "e2-medium"
    config.disk_size_gb = config.disk_size_gb or 100
    config.disk_type = config.disk_type or "pd-balanced"
    config.image_type = config.image_type or "COS_CONTAINERD"
    config.service_account = config.service_account or "default"
    config.metadata["disable-legacy-endpoints"] = "true"
    if "shielded_instance_config" not in config:
        config.shielded_instance_config = container_v1.ShieldedInstanceConfig(enable_integrity_monitoring=True)
    if config.accelerators:
        taint = container_v1.NodeTaint(key="nvidia.com/gpu", value="present", effect="NO_SCHEDULE")
        config.taints = [*config.taints, taint]
        config.labels["goog-gke-accelerator"] = "x"
    config.oauth_scopes = [*config.oauth_scopes, f"{_SCOPE}added.by.gke"]
    config.tags = [*config.tags, "gke-added"]
