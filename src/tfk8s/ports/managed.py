"""What the commands about clusters need beyond making one exist: lists, node pools, operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from tfk8s.manifest import JsonObject
from tfk8s.ports.events import Reporter
from tfk8s.ports.provider import ClusterProvider, ClusterRequest, FieldDifference

THIS_COMPUTER = "this computer"
"""Location of a cluster that is in no cloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSummary:
    """One line of `cluster list`.

    Attributes:
        location: region, zone, or `THIS_COMPUTER`.
        status: the provider's word, in upper case (RUNNING, PROVISIONING, STOPPING, ERROR ...).
        release: of Kubernetes, "" when unknown.
        nodes: how many there are now.
        is_ours: whether this tool made it.
    """

    name: str
    location: str
    status: str
    release: str = ""
    nodes: int = 0
    is_ours: bool = False

    def __str__(self) -> str:
        """Name and place, as messages say them."""
        return f"{self.name} {'on' if self.location == THIS_COMPUTER else 'in'} {self.location}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePool:
    """Nodes of one shape.

    Attributes:
        nodes: how many there are now, in all zones.
        most_nodes: how many it may grow to, in all zones; equal to `nodes` without node autoscaling.
        fewest_nodes: how many it may shrink to, in all zones.
        cpu_millis: allocatable per node, 0 when unknown.
        memory_bytes: allocatable per node, 0 when unknown.
        gpus: per node.
        zones: in how many zones it has its nodes.
    """

    name: str
    machine_type: str
    status: str
    nodes: int
    fewest_nodes: int
    most_nodes: int
    is_autoscaled: bool
    is_spot: bool = False
    cpu_millis: int = 0
    memory_bytes: int = 0
    gpus: int = 0
    zones: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterDetail:
    """One cluster as `cluster status` shows it.

    Attributes:
        operation: name of the long operation that works on it now, or "".
        conditions: what the provider says is wrong, a line each.
        differences: against the spec; () without one, or in sync.
    """

    summary: ClusterSummary
    endpoint: str = ""
    pools: tuple[NodePool, ...] = ()
    operation: str = ""
    conditions: tuple[str, ...] = ()
    differences: tuple[FieldDifference, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolChange:
    """A change of a pool's size; None leaves a number as it is. All numbers are per zone, as GKE counts them."""

    pool: str
    nodes: int | None = None
    min_nodes: int | None = None
    max_nodes: int | None = None


class ManagedClusters(ClusterProvider, Protocol):
    """A provider whose clusters can be listed and resized."""

    def list(self) -> tuple[ClusterSummary, ...]:
        """Every cluster of the project (GKE: in all locations), sorted by location and name."""
        ...

    def detail(self, request: ClusterRequest) -> ClusterDetail | None:
        """One cluster, compared with what is wanted; None when there is none of this name."""
        ...

    def create_request(self, request: ClusterRequest) -> JsonObject:
        """The request that would make the cluster, as the provider's API writes it in JSON (`--dry-run`)."""
        ...

    def add_pool(self, request: ClusterRequest, *, pool: str, reporter: Reporter) -> None:
        """Make the node pool that the spec describes under this name."""
        ...

    def change_pool(self, request: ClusterRequest, change: PoolChange, *, reporter: Reporter) -> None:
        """Resize a pool, or change the bounds of its autoscaling."""
        ...
