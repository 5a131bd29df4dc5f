"""What the server makes of a request: a cluster and its node pools, filled in as GKE fills them in."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from google.cloud.container_v1 import Cluster, CreateClusterRequest, NodePool

from tests.gcloud.echo import echo, fill_pool

VERSIONS = ("1.34.1-gke.1", "1.33.5-gke.1200", "1.32.9-gke.500")
ZONES = {
    "us-central1": ("us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f"),
    "us-east1": ("us-east1-b", "us-east1-c", "us-east1-d"),
    "europe-west4": ("europe-west4-a", "europe-west4-b", "europe-west4-c"),
}
NETWORKS = frozenset({"", "default", "serving-vpc", "my-net"})
# proto-plus's enums are integers to mypy; these are members.
PROVISIONING, RUNNING = Cluster.Status(Cluster.Status.PROVISIONING), Cluster.Status(Cluster.Status.RUNNING)
RECONCILING, STOPPING = Cluster.Status(Cluster.Status.RECONCILING), Cluster.Status(Cluster.Status.STOPPING)
DEGRADED, ERROR = Cluster.Status(Cluster.Status.DEGRADED), Cluster.Status(Cluster.Status.ERROR)
POOL_PROVISIONING, POOL_RUNNING = (
    NodePool.Status(NodePool.Status.PROVISIONING),
    NodePool.Status(NodePool.Status.RUNNING),
)
POOL_STOPPING, POOL_ERROR = NodePool.Status(NodePool.Status.STOPPING), NodePool.Status(NodePool.Status.ERROR)
NO_CA = b"-----BEGIN FAKE-CA-----\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A real control plane that stands behind a cluster of a name.

    Attributes:
        endpoint: host and port of its API server.
        ca: PEM of its authority.
        token: what a login must give as its access token to be let in there.
    """

    endpoint: str = "127.0.0.9"
    ca: bytes = NO_CA
    token: str = field(default="", repr=False)


def is_location(location: str) -> bool:
    return location in ZONES or any(location in zones for zones in ZONES.values())


def zones_of(location: str) -> tuple[str, ...]:
    return ZONES[location][:3] if location in ZONES else (location,)


def short(path: str) -> str:
    """A link's last part as GKE spells it: zones and regions have their own words there."""
    location = path.split("/")[3]
    return path.replace("/locations/", "/zones/" if location not in ZONES else "/locations/", 1)


def provisioned(asked: Cluster, *, path: str, behind: Behind) -> Cluster:
    """The cluster of a request, at the moment that it begins to exist."""
    version = next((known for known in VERSIONS if known.startswith(asked.initial_cluster_version)), VERSIONS[0])
    parent = path.partition("/clusters/")[0]
    cluster = echo(CreateClusterRequest(parent=parent, cluster=asked), version=version)
    cluster.self_link = f"https://container.googleapis.com/v1/{short(path)}"
    cluster.status = PROVISIONING
    cluster.locations = list(asked.locations) or list(zones_of(cluster.location))
    cluster.current_node_version = cluster.initial_cluster_version = version
    cluster.create_time = "2026-11-25T00:00:00+00:00"
    for pool in cluster.node_pools:
        place_pool(pool, cluster)
    _count(cluster)
    _place_control_plane(cluster, behind)
    return cluster


def added_pool(asked: NodePool, cluster: Cluster) -> NodePool:
    """The pool of a request, at the moment that it begins to exist."""
    pool = NodePool(asked)
    fill_pool(pool)
    place_pool(pool, cluster)
    return pool


def place_pool(pool: NodePool, cluster: Cluster) -> None:
    pool.locations = list(pool.locations) or list(cluster.locations)
    pool.version = cluster.current_node_version
    pool.status = POOL_PROVISIONING
    pool.self_link = f"{cluster.self_link}/nodePools/{pool.name}"


def run(cluster: Cluster) -> None:
    """It works from now on."""
    cluster.status = RUNNING
    for pool in cluster.node_pools:
        pool.status = POOL_RUNNING
    _count(cluster)


def _count(cluster: Cluster) -> None:
    cluster.current_node_count = sum(pool.initial_node_count * len(pool.locations) for pool in cluster.node_pools)


def _place_control_plane(cluster: Cluster, behind: Behind) -> None:
    endpoints = cluster.control_plane_endpoints_config
    private = cluster.private_cluster_config.enable_private_endpoint
    endpoints.dns_endpoint_config.endpoint = f"gke-abc-123.{cluster.location}.gke.goog"
    endpoints.ip_endpoints_config.enabled = True
    endpoints.ip_endpoints_config.enable_public_endpoint = not private
    endpoints.ip_endpoints_config.private_endpoint = "172.16.0.2"
    if not private:
        endpoints.ip_endpoints_config.public_endpoint = behind.endpoint
    cluster.endpoint = "172.16.0.2" if private else behind.endpoint
    cluster.master_auth.cluster_ca_certificate = base64.b64encode(behind.ca).decode()
