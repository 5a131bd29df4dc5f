"""Features of a cluster as the Container API's messages, equal to what gcloud sends for the same wish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from google.cloud import container_v1

from tfk8s.spec import GkeCluster

_COMPONENTS = {"SYSTEM": "SYSTEM_COMPONENTS", "WORKLOAD": "WORKLOADS", "API_SERVER": "APISERVER"}
_ENABLED_BY_WORD = {
    "GcsFuseCsiDriver": "gcs_fuse_csi_driver_config",
    "GcePersistentDiskCsiDriver": "gce_persistent_disk_csi_driver_config",
    "GcpFilestoreCsiDriver": "gcp_filestore_csi_driver_config",
    "NodeLocalDNS": "dns_cache_config",
}
_DISABLED_BY_WORD = {
    "HorizontalPodAutoscaling": "horizontal_pod_autoscaling",
    "HttpLoadBalancing": "http_load_balancing",
}


def component(word: str) -> str:
    """The API's name of a component of logging or monitoring, by gcloud's word for it."""
    return _COMPONENTS.get(word, word)


def addons_config(cluster: GkeCluster) -> container_v1.AddonsConfig | None:
    """Add-ons that are listed are on; the classic ones that are not are off; others stay GKE's choice."""
    if cluster.addons is None:
        return None
    switched_off = {field: {"disabled": word not in cluster.addons} for word, field in _DISABLED_BY_WORD.items()}
    switched_on = {field: {"enabled": True} for word, field in _ENABLED_BY_WORD.items() if word in cluster.addons}
    return container_v1.AddonsConfig(
        kubernetes_dashboard={"disabled": True},
        network_policy_config={"disabled": True},
        **switched_off,
        **switched_on,
    )


def has_addon(config: container_v1.AddonsConfig, addon: str) -> bool:
    """Whether a cluster has an add-on."""
    if addon in _DISABLED_BY_WORD:
        return not getattr(config, _DISABLED_BY_WORD[addon]).disabled
    return bool(getattr(config, _ENABLED_BY_WORD[addon]).enabled)


def logging_config(cluster: GkeCluster) -> container_v1.LoggingConfig | None:
    """Whose logs are collected."""
    if cluster.logging is None:
        return None
    return container_v1.LoggingConfig(component_config=_enabled(cluster.logging))


def monitoring_config(cluster: GkeCluster) -> container_v1.MonitoringConfig | None:
    """Whose metrics are collected, and whether by the managed Prometheus too."""
    components, prometheus = cluster.monitoring, cluster.managed_prometheus
    if components is None and prometheus is None:
        return None
    return container_v1.MonitoringConfig(
        component_config=None if components is None else _enabled(components),
        managed_prometheus_config=None if prometheus is None else {"enabled": prometheus},
    )


def _enabled(words: Sequence[str]) -> Mapping[str, list[str]]:
    return {"enable_components": [component(word) for word in words]}


def network_config(cluster: GkeCluster) -> container_v1.NetworkConfig | None:
    """Data plane, Gateway API and whether new nodes are private."""
    gateway = cluster.gateway_api
    has_dataplane = bool(cluster.dataplane_v2) and not cluster.autopilot
    if gateway is None and not has_dataplane and not cluster.private_nodes:
        return None
    return container_v1.NetworkConfig(
        datapath_provider="ADVANCED_DATAPATH" if has_dataplane else None,
        gateway_api_config=None if gateway is None else {"channel": f"CHANNEL_{gateway.upper()}"},
        default_enable_private_nodes=True if cluster.private_nodes else None,
    )


def release_channel(cluster: GkeCluster) -> container_v1.ReleaseChannel | None:
    """The channel; `none` is GKE's UNSPECIFIED, said aloud."""
    if cluster.release_channel is None:
        return None
    return container_v1.ReleaseChannel(channel=channel_name(cluster.release_channel))


def channel_name(word: str) -> str:
    """The API's name of a release channel."""
    return "UNSPECIFIED" if word == "none" else word.upper()


def address_policy(cluster: GkeCluster) -> container_v1.IPAllocationPolicy | None:
    """Alias addresses, where something asks for them."""
    if not cluster.is_vpc_native:
        return None
    return container_v1.IPAllocationPolicy(
        use_ip_aliases=True,
        cluster_secondary_range_name=cluster.pod_range,
        services_secondary_range_name=cluster.service_range,
    )


def private_config(cluster: GkeCluster) -> container_v1.PrivateClusterConfig | None:
    """Nodes without external addresses."""
    if not cluster.private_nodes:
        return None
    return container_v1.PrivateClusterConfig(
        enable_private_nodes=True, master_ipv4_cidr_block=cluster.control_plane_cidr
    )


def endpoints_config(cluster: GkeCluster) -> container_v1.ControlPlaneEndpointsConfig | None:
    """Who may reach the control plane."""
    if cluster.authorized_networks is None:
        return None
    is_open = cluster.authorized_networks == "anyone"
    blocks = [] if is_open else [{"cidr_block": block} for block in cluster.authorized_networks]
    networks = {"enabled": not is_open, "cidr_blocks": blocks}
    return container_v1.ControlPlaneEndpointsConfig(ip_endpoints_config={"authorized_networks_config": networks})
