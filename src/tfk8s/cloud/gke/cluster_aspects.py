"""The fields of a cluster that can be compared: as the spec says them and as GKE has them, and what changes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from google.cloud import container_v1

from tfk8s.cloud.gke.features import component, has_addon
from tfk8s.cloud.gke.pool_difference import Texts
from tfk8s.cloud.gke.request import workload_pool
from tfk8s.cloud.gke.texts import flag, last, listed, pairs, part_of
from tfk8s.spec import GkeCluster

_CLASSIC_ADDONS = ("HorizontalPodAutoscaling", "HttpLoadBalancing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """One field: both texts, and the flags of `gcloud container clusters update` that change it."""

    name: str
    texts: Callable[[GkeCluster, container_v1.Cluster], Texts]
    flags: Callable[[GkeCluster], tuple[str, ...]] | None = None


def _authorized(wanted: GkeCluster, found: container_v1.Cluster) -> Texts:
    said = wanted.authorized_networks
    new = found.control_plane_endpoints_config.ip_endpoints_config.authorized_networks_config
    has = new if new.enabled else found.master_authorized_networks_config
    blocks = listed(block.cidr_block for block in has.cidr_blocks) if has.enabled else "anyone"
    return said if isinstance(said, str) else listed(said or ()), blocks


def _authorized_flags(wanted: GkeCluster) -> tuple[str, ...]:
    said = wanted.authorized_networks
    if said is None or isinstance(said, str):
        return ("--no-enable-master-authorized-networks",)
    return ("--enable-master-authorized-networks", "--master-authorized-networks", ",".join(said))


def _channel(wanted: GkeCluster, found: container_v1.Cluster) -> Texts:
    name = found.release_channel.channel.name
    return str(wanted.release_channel), "none" if name == "UNSPECIFIED" else name.lower()


def _version(wanted: GkeCluster, found: container_v1.Cluster) -> Texts:
    said, has = str(wanted.version), found.current_master_version
    if said == "latest" or _numbers(has)[: len(_numbers(said))] >= _numbers(said):
        return has, has
    return said, has


def _numbers(version: str) -> tuple[int, ...]:
    """`1.34.1-gke.1` in an order that later versions come after."""
    return tuple(int(part) for part in version.replace("-gke.", ".").split(".") if part.isdigit())


def _gateway(wanted: GkeCluster, found: container_v1.Cluster) -> Texts:
    has = found.network_config.gateway_api_config.channel.name.removeprefix("CHANNEL_").lower()
    return str(wanted.gateway_api), "disabled" if has == "unspecified" else has


def _logging(wanted: GkeCluster, found: container_v1.Cluster) -> Texts:
    has = found.logging_config.component_config.enable_components
    return listed(component(word) for word in wanted.logging or ()), listed(one.name for one in has)


def _monitoring(wanted: GkeCluster, found: container_v1.Cluster) -> Texts:
    has = found.monitoring_config.component_config.enable_components
    return listed(component(word) for word in wanted.monitoring or ()), listed(one.name for one in has)


def _addons(wanted: GkeCluster, found: container_v1.Cluster) -> Texts:
    """The listed ones are to be on; the classic ones that are not listed are to be off; others do not matter."""
    said = wanted.addons or ()
    asked = dict.fromkeys((*said, *_CLASSIC_ADDONS))
    return listed(said), listed(addon for addon in asked if has_addon(found.addons_config, addon))


def _addon_flags(wanted: GkeCluster) -> tuple[str, ...]:
    said = wanted.addons or ()
    states = [f"{addon}=ENABLED" for addon in said]
    states += [f"{addon}=DISABLED" for addon in _CLASSIC_ADDONS if addon not in said]
    return ("--update-addons", ",".join(states))


def _network(wanted: GkeCluster, found: container_v1.Cluster) -> Texts:
    said = str(wanted.network)
    has = (found.network_config.network or found.network) if "/" in said else last(found.network)
    return said, has


def _subnetwork(wanted: GkeCluster, found: container_v1.Cluster) -> Texts:
    said = str(wanted.subnetwork)
    has = (found.network_config.subnetwork or found.subnetwork) if "/" in said else last(found.subnetwork)
    return said, has


def _private(wanted: GkeCluster, found: container_v1.Cluster) -> Texts:
    has = found.private_cluster_config.enable_private_nodes or found.network_config.default_enable_private_nodes
    return flag(wanted.private_nodes), flag(has)


def _switch(word: str, value: object) -> tuple[str, ...]:
    return (f"--enable-{word}",) if value else (f"--no-enable-{word}",)


ASPECTS = (
    Aspect(name="autopilot", texts=lambda wanted, found: (flag(wanted.autopilot), flag(found.autopilot.enabled))),
    Aspect(
        name="node_locations",
        texts=lambda wanted, found: (
            (listed(wanted.node_locations), listed(found.locations)) if wanted.node_locations else ("", "")
        ),
        flags=lambda wanted: ("--node-locations", ",".join(wanted.node_locations)),
    ),
    Aspect(
        name="workload_identity",
        texts=lambda wanted, found: (
            flag(wanted.workload_identity),
            flag(found.workload_identity_config.workload_pool),
        ),
        flags=lambda wanted: (
            ("--workload-pool", workload_pool(wanted)) if wanted.workload_identity else ("--disable-workload-identity",)
        ),
    ),
    Aspect(name="private_nodes", texts=_private),
    Aspect(
        name="control_plane_cidr",
        texts=lambda wanted, found: (
            str(wanted.control_plane_cidr),
            found.private_cluster_config.master_ipv4_cidr_block or "none",
        ),
    ),
    Aspect(name="authorized_networks", texts=_authorized, flags=_authorized_flags),
    Aspect(
        name="release_channel",
        texts=_channel,
        flags=lambda wanted: (
            "--release-channel",
            "None" if wanted.release_channel == "none" else str(wanted.release_channel),
        ),
    ),
    Aspect(name="version", texts=_version),
    Aspect(
        name="labels",
        texts=lambda wanted, found: (pairs(wanted.labels), pairs(part_of(found.resource_labels, wanted.labels))),
        flags=lambda wanted: ("--update-labels", pairs(wanted.labels).replace(", ", ",")),
    ),
    Aspect(name="network", texts=_network),
    Aspect(name="subnetwork", texts=_subnetwork),
    Aspect(
        name="pod_range",
        texts=lambda wanted, found: (
            str(wanted.pod_range),
            found.ip_allocation_policy.cluster_secondary_range_name or "none",
        ),
    ),
    Aspect(
        name="service_range",
        texts=lambda wanted, found: (
            str(wanted.service_range),
            found.ip_allocation_policy.services_secondary_range_name or "none",
        ),
    ),
    Aspect(
        name="shielded_nodes",
        texts=lambda wanted, found: (flag(wanted.shielded_nodes), flag(found.shielded_nodes.enabled)),
        flags=lambda wanted: _switch("shielded-nodes", wanted.shielded_nodes),
    ),
    Aspect(
        name="logging",
        texts=_logging,
        flags=lambda wanted: ("--logging", ",".join(wanted.logging or ("NONE",))),
    ),
    Aspect(
        name="monitoring",
        texts=_monitoring,
        flags=lambda wanted: ("--monitoring", ",".join(wanted.monitoring or ("NONE",))),
    ),
    Aspect(
        name="managed_prometheus",
        texts=lambda wanted, found: (
            flag(wanted.managed_prometheus),
            flag(found.monitoring_config.managed_prometheus_config.enabled),
        ),
        flags=lambda wanted: (
            ("--enable-managed-prometheus",) if wanted.managed_prometheus else ("--disable-managed-prometheus",)
        ),
    ),
    Aspect(name="gateway_api", texts=_gateway, flags=lambda wanted: ("--gateway-api", str(wanted.gateway_api))),
    Aspect(
        name="fleet",
        texts=lambda wanted, found: (str(wanted.fleet), found.fleet.project or "none"),
        flags=lambda wanted: ("--fleet-project", str(wanted.fleet)),
    ),
    Aspect(
        name="dataplane_v2",
        texts=lambda wanted, found: (
            flag(wanted.dataplane_v2),
            flag(found.network_config.datapath_provider.name == "ADVANCED_DATAPATH"),
        ),
    ),
    Aspect(name="addons", texts=_addons, flags=_addon_flags),
    Aspect(
        name="vertical_pod_autoscaling",
        texts=lambda wanted, found: (
            flag(wanted.vertical_pod_autoscaling),
            flag(found.vertical_pod_autoscaling.enabled),
        ),
        flags=lambda wanted: _switch("vertical-pod-autoscaling", wanted.vertical_pod_autoscaling),
    ),
    Aspect(
        name="image_streaming",
        texts=lambda wanted, found: (
            flag(wanted.image_streaming),
            flag(found.node_pool_defaults.node_config_defaults.gcfs_config.enabled),
        ),
        flags=lambda wanted: _switch("image-streaming", wanted.image_streaming),
    ),
)
