"""A cluster of Google Kubernetes Engine, as a user may describe it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from tfk8s.manifest.yaml import path_text
from tfk8s.spec.gke_fields import (
    AuthorizedNetworksField,
    ClusterName,
    ControlPlaneRange,
    Location,
    Network,
    NodeCount,
    ProjectId,
    ResourceLabels,
    ResourceName,
    Subnetwork,
    Version,
    Zone,
    is_zone,
)
from tfk8s.spec.gke_nodes import NodePoolSpec, NodeSettings
from tfk8s.spec.part import Part
from tfk8s.spec.rules_gke import gke_violations

LoggingComponent = Literal["SYSTEM", "WORKLOAD", "API_SERVER", "SCHEDULER", "CONTROLLER_MANAGER"]
MonitoringComponent = Literal[
    "SYSTEM", "API_SERVER", "SCHEDULER", "CONTROLLER_MANAGER", "STORAGE", "HPA", "POD", "DAEMONSET", "DEPLOYMENT",
    "STATEFULSET", "CADVISOR", "KUBELET", "DCGM", "JOBSET",
]  # fmt: skip
Addon = Literal[
    "HorizontalPodAutoscaling", "HttpLoadBalancing", "GcsFuseCsiDriver", "GcePersistentDiskCsiDriver",
    "GcpFilestoreCsiDriver", "NodeLocalDNS",
]  # fmt: skip

DEFAULT_POOL = "default-pool"
"""Name that GKE's tools give to the pool of a new cluster."""

ZONES_OF_A_REGION = 3
"""Zones that GKE spreads a pool over in a region when none are named:
https://cloud.google.com/kubernetes-engine/docs/concepts/regional-clusters."""


class _GkeIdentity(Part):
    """Comes first in the file, as the first keys of a cluster."""

    provider: Literal["gke"]
    """The word gke."""

    project: ProjectId
    """Id of the Google Cloud project."""

    location: Location
    """Region (`us-central1`: nodes in several zones) or zone (`us-central1-b`)."""

    name: ClusterName
    """Name of the cluster."""

    nodes: NodeCount = 3
    """Number of nodes; in a region, in each of its zones. With `autoscaling`, the number at the start. Default: 3, or
    the nearest number that `autoscaling` allows."""


# Fields of the last base come first: what names a cluster stands before what its nodes are.
class GkeCluster(NodeSettings, _GkeIdentity):
    """A cluster of Google Kubernetes Engine. What is said about nodes holds for its first pool, `default-pool`."""

    autopilot: bool = False
    """Whether GKE makes the nodes as pods need them, and bills the pods; needs a region, and excludes all that is said
    about nodes. Default: false."""

    node_locations: tuple[Zone, ...] = ()
    """Zones of the nodes. Default: the cluster's zone, or three zones of its region, chosen by GKE."""

    workload_identity: bool = False
    """Whether pods may act as Google service accounts, through the pool PROJECT.svc.id.goog; needed for `gs://` with
    an identity of its own. Default: false."""

    private_nodes: bool = False
    """Whether the nodes have no external address; images from outside Google then need Cloud NAT. Default: false."""

    control_plane_cidr: ControlPlaneRange | None = None
    """Address range of the control plane, a /28 such as `172.16.0.0/28`; needs privateNodes. Default: GKE's."""

    authorized_networks: AuthorizedNetworksField | None = None
    """Who may reach the control plane's address: `anyone`, or a list of address ranges (this computer's should be among
    them). Default: GKE's."""

    release_channel: Literal["rapid", "regular", "stable", "extended", "none"] | None = None
    """Which releases of Kubernetes GKE upgrades to. Default: GKE's, regular."""

    version: Version | None = None
    """Version of Kubernetes at the start, in quotes: `"1.34"`, `"1.34.1-gke.1"` or `latest`. Default: that of the
    release channel, which a location always offers."""

    labels: ResourceLabels = Field(default_factory=dict)
    """Labels of the cluster and its machines in Google Cloud, which appear in the bill."""

    network: Network | None = None
    """VPC network. Default: GKE's, `default`."""

    subnetwork: Subnetwork | None = None
    """Subnetwork of the nodes, in the cluster's region. Default: that of the network."""

    pod_range: ResourceName | None = None
    """Name of the subnetwork's secondary range for pods. Default: GKE makes one."""

    service_range: ResourceName | None = None
    """Name of the subnetwork's secondary range for Services. Default: GKE makes one."""

    shielded_nodes: bool | None = None
    """Whether nodes prove to the control plane that they are the cluster's. Default: GKE's, true."""

    logging: tuple[LoggingComponent, ...] | None = None
    """Whose logs go to Cloud Logging; `[]`: nobody's. Default: GKE's, SYSTEM and WORKLOAD."""

    monitoring: tuple[MonitoringComponent, ...] | None = None
    """Whose metrics go to Cloud Monitoring; `[]`: nobody's. Default: GKE's, SYSTEM and more."""

    managed_prometheus: bool | None = None
    """Whether GKE runs a Prometheus that collects the model server's metrics. Default: GKE's, true."""

    gateway_api: Literal["standard", "disabled"] | None = None
    """standard: the cluster has the kinds of the Gateway API, and GKE makes load balancers for them. Default: GKE's."""

    fleet: ProjectId | None = None
    """Id of the project whose fleet the cluster joins as it is made, as a Gateway of several clusters needs it.
    Default: none."""

    dataplane_v2: bool | None = None
    """Whether the network is GKE Dataplane V2, which enforces network policies. Default: GKE's, false."""

    addons: tuple[Addon, ...] | None = None
    """The add-ons that are on; HorizontalPodAutoscaling and HttpLoadBalancing are off when they are not listed.
    Default: GKE's, which has both."""

    vertical_pod_autoscaling: bool | None = None
    """Whether the cluster can recommend the pods' requests. Default: GKE's, false."""

    image_streaming: bool | None = None
    """Whether containers start before their image is pulled whole; works with Artifact Registry. Default: GKE's,
    false."""

    node_pools: tuple[NodePoolSpec, ...] = ()
    """Further node pools, as for GPUs."""

    @property
    def is_regional(self) -> bool:
        """Whether the cluster is in a region, and so in several zones."""
        return not is_zone(self.location)

    @property
    def zone_count(self) -> int:
        """In how many zones each pool has its nodes; three in a region whose zones are not named."""
        if self.node_locations:
            return len(self.node_locations)
        return ZONES_OF_A_REGION if self.is_regional else 1

    @property
    def is_vpc_native(self) -> bool:
        """Whether the request must ask for alias addresses; where nothing asks for them, GKE decides."""
        ranges = self.pod_range is not None or self.service_range is not None
        return self.autopilot or self.private_nodes or ranges

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found = gke_violations(self)
        if found:
            text = "; ".join(f"{path_text(violation.path)} {violation.message}" for violation in found)
            raise PydanticCustomError("rules", "{text}", {"text": text, "violations": found})
        return self
