"""How a cluster is reached without gcloud, kubectl or a plugin: its endpoint, its authority, a token of the login."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

from tfk8s.cloud.gke.place import Place
from tfk8s.errors import CloudError
from tfk8s.ports import ClusterEndpoint, Warn

if TYPE_CHECKING:
    from google.cloud.container_v1 import Cluster


def endpoint_of(cluster: Cluster, *, place: Place, token: Callable[[], str]) -> ClusterEndpoint:
    """The address of the control plane that this computer most likely reaches.

    The public address comes first, as gcloud has it; without one the DNS endpoint, when it is open to the outside; else
    the private address, which only the cluster's network reaches.

    Raises:
        CloudError: the cluster has no endpoint yet.
    """
    dns = dns_name(cluster)
    if dns and not _has_public_address(cluster):
        # its certificate is signed by a public authority, so there is none of the cluster's to name
        return ClusterEndpoint(server=f"https://{dns}", ca_certificate=b"", token=token)
    if not cluster.endpoint:
        raise CloudError(
            f"the {place} has no control plane that could be asked: it is {cluster.status.name}",
            hint="run `tfk8s up`, or `tfk8s cluster create`, to wait for it",
        )
    authority = base64.b64decode(cluster.master_auth.cluster_ca_certificate)
    return ClusterEndpoint(server=f"https://{cluster.endpoint}", ca_certificate=authority, token=token)


def dns_name(cluster: Cluster) -> str:
    """The DNS endpoint when it answers to the outside, or ""."""
    dns = cluster.control_plane_endpoints_config.dns_endpoint_config
    return dns.endpoint if dns.allow_external_traffic else ""


def is_private(cluster: Cluster) -> bool:
    """Whether only the cluster's own network reaches its control plane."""
    return bool(cluster.endpoint) and not _has_public_address(cluster) and not dns_name(cluster)


def private_warning(cluster: Cluster, *, place: Place) -> Warn:
    """Said where everything that follows may fail for that reason."""
    return Warn(
        message=f"the control plane of the {place} has a private address only, in the network {cluster.network}",
        hint=(
            "work from a machine in that network, or open the DNS endpoint: gcloud container clusters update "
            f"{place.name} --location {place.location} --project {place.project} --enable-dns-access"
        ),
    )


def _has_public_address(cluster: Cluster) -> bool:
    addresses = cluster.control_plane_endpoints_config.ip_endpoints_config
    if addresses.enabled:
        return addresses.enable_public_endpoint
    is_known = (
        "ip_endpoints_config" in cluster.control_plane_endpoints_config
    )  # older clusters say it in one place only
    return not is_known and not cluster.private_cluster_config.enable_private_endpoint
