"""Nodes of a cluster of GKE: their machine, disk, GPUs, identity, labels, and how many there may be."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tfk8s.spec.fields import LabelKey, LabelValue, SelectorLabels
from tfk8s.spec.gke_fields import (
    GpuType,
    MachineType,
    NodeAccount,
    NodeCount,
    NodeCountOrNone,
    PoolName,
    ResourceName,
    Scope,
)
from tfk8s.spec.part import Part


class NodeAutoscaling(Part):
    """How many nodes a pool may have: per zone (`min`, `max`) or in all its zones (`totalMin`, `totalMax`)."""

    min: NodeCountOrNone | None = None
    """Fewest nodes in each zone. Default: 0."""

    max: NodeCount | None = None
    """Most nodes in each zone."""

    total_min: NodeCountOrNone | None = None
    """Fewest nodes in all zones together. Default: 0."""

    total_max: NodeCount | None = None
    """Most nodes in all zones together."""

    location_policy: Literal["BALANCED", "ANY"] | None = None
    """BALANCED keeps the zones alike; ANY takes the zone that has room, which suits spot nodes and GPUs. Default: GKE's
    own choice."""

    @property
    def is_total(self) -> bool:
        """Whether the bounds count all zones together."""
        return self.total_max is not None

    def in_all(self, zones: int) -> tuple[int, int]:
        """Fewest and most nodes in all these zones together."""
        if self.is_total:
            return self.total_min or 0, self.total_max or 0
        return (self.min or 0) * zones, (self.max or 0) * zones


class GpuSpec(Part):
    """GPUs of each node of a pool."""

    type: GpuType
    """Type of the GPU, as `nvidia-l4` or `nvidia-tesla-t4`."""

    count: Annotated[int, Field(ge=1, le=16)] = 1
    """Number of GPUs in each node. Default: 1."""

    driver: Literal["default", "latest", "disabled"] = "default"
    """Driver that GKE installs; disabled: you install it. Default: default, since a node without a driver has no GPU to
    offer."""


class NodeTaint(Part):
    """A taint that every node of a pool gets; only pods that tolerate it run there."""

    key: LabelKey
    """Key of the taint."""

    value: LabelValue = ""
    """Value of the taint."""

    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
    """What happens to pods that do not tolerate it."""


class ShieldedInstance(Part):
    """How a node's machine proves that it booted what it should; needs an image that is signed, as GKE's own are."""

    secure_boot: bool = False
    """Whether only signed boot software runs; third-party kernel modules that are not signed then do not load."""

    integrity_monitoring: bool = True
    """Whether the boot is measured against the first one."""


class NodeSettings(Part):
    """What the nodes of a pool are. What is left out is GKE's own choice."""

    autoscaling: NodeAutoscaling | None = None
    """How many nodes GKE may make and take away by itself. Absent: the number stays as it is."""

    machine_type: MachineType | None = None
    """Machine of each node, as `e2-standard-4`. Default: GKE's, e2-medium, whose one core is less than one pod asks for
    by default."""

    disk_size_gb: Annotated[int, Field(ge=10, le=65536)] | None = None
    """Boot disk of each node in GB. Default: GKE's, 100."""

    disk_type: Literal["pd-standard", "pd-balanced", "pd-ssd", "hyperdisk-balanced"] | None = None
    """Kind of the boot disk; pd-balanced and pd-ssd count against the region's quota of SSD. Default: GKE's,
    pd-balanced."""

    image_type: Literal["COS_CONTAINERD", "UBUNTU_CONTAINERD"] | None = None
    """System of the nodes. Default: GKE's, COS_CONTAINERD."""

    gpu: GpuSpec | None = None
    """GPUs of each node; `machineType` must be one that carries them."""

    spot: bool = False
    """Whether the machines are cheaper and may be taken away at any time. Default: false."""

    node_labels: SelectorLabels = Field(default_factory=dict)
    """Labels of the nodes in Kubernetes, for `placement.nodeSelector`."""

    taints: tuple[NodeTaint, ...] = ()
    """Taints of the nodes in Kubernetes; GKE adds one to nodes with GPUs by itself."""

    tags: tuple[ResourceName, ...] = ()
    """Network tags of the machines, which firewall rules refer to."""

    service_account: NodeAccount | None = None
    """Google service account of the machines. Default: the project's Compute Engine account."""

    scopes: tuple[Scope, ...] = ()
    """What the machines' account may be used for: `cloud-platform` or full addresses. Default: as gcloud asks for:
    reading images, writing logs, metrics and traces."""

    shielded: ShieldedInstance | None = None
    """How the machines prove what they booted. Default: GKE's."""


class _PoolIdentity(Part):
    """Comes first in the file, as the first keys of a pool."""

    name: PoolName
    """Name of the pool."""

    nodes: NodeCountOrNone
    """Number of nodes in each zone; with `autoscaling` the number at the start."""


# Fields of the last base come first: what names a pool stands before what its nodes are.
class NodePoolSpec(NodeSettings, _PoolIdentity):
    """A further node pool, beside the cluster's own."""
