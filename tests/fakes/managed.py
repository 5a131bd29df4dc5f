"""A provider whose clusters can be listed and resized, in memory; its clusters are reached by an address."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.fakes.events import Recorder
from tests.fakes.provider import FakeRepositories
from tfk8s.app.cluster_world import ClusterWorld
from tfk8s.manifest import JsonObject
from tfk8s.manifest.kubeconfig import KubeconfigEntry
from tfk8s.ports import (
    ClusterAccess,
    ClusterDetail,
    ClusterEndpoint,
    ClusterPreview,
    ClusterRequest,
    ClusterState,
    ClusterSummary,
    EnsuredCluster,
    EnsureOutcome,
    FieldDifference,
    NodePool,
    PoolChange,
    Reporter,
)
from tfk8s.ports.kubeconfig import KubeconfigChange

AUTHORITY = b"-----BEGIN-FAKE-CA-----\n"
STATES = {"RUNNING": ClusterState.RUNNING, "PROVISIONING": ClusterState.STOPPED}


def pool(name: str = "default-pool", **changed: object) -> NodePool:
    """Five nodes in one zone, of one core and 2 GiB that pods may have."""
    seed = NodePool(
        name=name,
        machine_type="e2-medium",
        status="RUNNING",
        nodes=5,
        fewest_nodes=5,
        most_nodes=5,
        is_autoscaled=False,
        cpu_millis=1000,
        memory_bytes=2 * 2**30,
    )
    return replace(seed, **changed)  # type: ignore[arg-type]  # the test names fields


def detail(name: str, *pools: NodePool, is_ours: bool = True, status: str = "RUNNING") -> ClusterDetail:
    """A cluster with these pools."""
    summary = ClusterSummary(
        name=name,
        location="us-central1-a",
        status=status,
        release="1.34.1-gke.1",
        nodes=sum(found.nodes for found in pools),
        is_ours=is_ours,
    )
    return ClusterDetail(summary=summary, endpoint="127.0.0.9", pools=pools)


@dataclass
class FakeManaged:
    """Implements `tfk8s.ports.ManagedClusters`.

    Attributes:
        details: what there is, by name.
        changes: every change, in order.
        differences: of every cluster that exists.
    """

    details: dict[str, ClusterDetail] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    differences: tuple[FieldDifference, ...] = ()
    has_endpoint: bool = True

    def preview(self, request: ClusterRequest) -> ClusterPreview:
        state = self.describe(request.name)
        if state is ClusterState.ABSENT:
            return ClusterPreview(state=state, creates=(f"cluster {request.name}",), runs=("5 e2-medium",))
        return ClusterPreview(state=state, differences=self.differences)

    def describe(self, name: str) -> ClusterState:
        found = self.details.get(name)
        return ClusterState.ABSENT if found is None else STATES[found.summary.status]

    def is_ours(self, name: str) -> bool:
        return name in self.details and self.details[name].summary.is_ours

    def access(self, name: str) -> ClusterAccess:
        endpoint = ClusterEndpoint(server="https://127.0.0.9", ca_certificate=AUTHORITY, token=lambda: "secret")
        return ClusterAccess(
            context=f"gke_my-project_us-central1-a_{name}" if self.has_endpoint else f"kind-{name}",
            kubeconfig=None,
            is_current=True,
            endpoint=endpoint if self.has_endpoint else None,
        )

    def ensure(self, request: ClusterRequest, *, reporter: Reporter) -> EnsuredCluster:
        existed = request.name in self.details
        if not existed:
            self.changes.append(f"create {request.name}")
            self.details[request.name] = detail(request.name, pool())
        outcome = EnsureOutcome.UNCHANGED if existed else EnsureOutcome.CREATED
        return EnsuredCluster(access=self.access(request.name), outcome=outcome)

    def delete(self, name: str, *, reporter: Reporter | None = None) -> bool:
        self.changes.append(f"delete {name}")
        return self.details.pop(name, None) is not None

    def list(self) -> tuple[ClusterSummary, ...]:
        return tuple(found.summary for found in self.details.values())

    def detail(self, request: ClusterRequest) -> ClusterDetail | None:
        found = self.details.get(request.name)
        return None if found is None else replace(found, differences=self.differences)

    def create_request(self, request: ClusterRequest) -> JsonObject:
        return {"cluster": {"name": request.name}}

    def add_pool(self, request: ClusterRequest, *, pool: str, reporter: Reporter) -> None:
        self.changes.append(f"add {pool} to {request.name}")

    def change_pool(self, request: ClusterRequest, change: PoolChange, *, reporter: Reporter) -> None:
        sizes = (change.nodes, change.min_nodes, change.max_nodes)
        self.changes.append(f"change {change.pool} of {request.name} to {sizes}")


@dataclass
class FakeKubeconfig:
    """Implements `tfk8s.ports.kubeconfig.Kubeconfig`."""

    entries: dict[str, KubeconfigEntry] = field(default_factory=dict)

    def put(self, entry: KubeconfigEntry) -> KubeconfigChange:
        is_changed = self.entries.get(entry.name) != entry
        self.entries[entry.name] = entry
        return KubeconfigChange(path=Path("config"), is_changed=is_changed)

    def remove(self, name: str) -> KubeconfigChange:
        return KubeconfigChange(path=Path("config"), is_changed=self.entries.pop(name, None) is not None)


@dataclass
class Desk:
    """All that the use-cases about clusters see."""

    clusters: FakeManaged = field(default_factory=FakeManaged)
    cluster: FakeCluster = field(default_factory=lambda: FakeCluster(namespaces=("default", "serving")))
    kubeconfig: FakeKubeconfig = field(default_factory=FakeKubeconfig)
    told: Recorder = field(default_factory=Recorder)
    exported: builtins.list[str] = field(default_factory=list)
    repositories: FakeRepositories = field(default_factory=FakeRepositories)

    @property
    def world(self) -> ClusterWorld:
        return ClusterWorld(
            clusters=self.clusters,
            kubeconfig=self.kubeconfig,
            export=self.exported.append,
            connect=lambda _: self.cluster,
            clock=FakeClock(),
            reporter=self.told,
            repositories=self.repositories,
        )
