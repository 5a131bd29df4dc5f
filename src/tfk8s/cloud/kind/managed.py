"""kind's clusters as `tfk8s cluster` shows them; they have one set of nodes, which only a new cluster can change."""

from __future__ import annotations

import json

from tfk8s.cloud.kind.config import cluster_config, kind_request
from tfk8s.cloud.kind.nodes import cluster_names, list_nodes
from tfk8s.cloud.kind.provider import KindProvider
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.ports import (
    ClusterDetail,
    ClusterRequest,
    ClusterState,
    ClusterSummary,
    NodePool,
    PoolChange,
    Reporter,
)
from tfk8s.ports.managed import THIS_COMPUTER

_POOL = "nodes"


class ManagedKind(KindProvider):
    """Implements `tfk8s.ports.ManagedClusters`."""

    def list(self) -> tuple[ClusterSummary, ...]:
        """Every kind cluster whose containers Docker knows."""
        return tuple(self._summary(name) for name in cluster_names(self._run))

    def detail(self, request: ClusterRequest) -> ClusterDetail | None:
        """The node containers, as one pool that stays as it is."""
        preview = self.preview(request)
        if preview.state is ClusterState.ABSENT:
            return None
        summary = self._summary(request.name)
        pool = NodePool(
            name=_POOL,
            machine_type="containers",
            status=summary.status,
            nodes=summary.nodes,
            fewest_nodes=summary.nodes,
            most_nodes=summary.nodes,
            is_autoscaled=False,
        )
        return ClusterDetail(summary=summary, pools=(pool,), differences=preview.differences)

    def create_request(self, request: ClusterRequest) -> JsonObject:
        """The configuration that kind is given; of the user's own file its path."""
        wanted = kind_request(request)
        if wanted.config is not None:
            return {"config": str(wanted.config)}
        config: JsonObject = json.loads(cluster_config(wanted))
        return {**config, "name": wanted.name}

    def add_pool(self, request: ClusterRequest, *, pool: str, reporter: Reporter) -> None:
        """Refuse: kind has none."""
        del pool, reporter
        raise _fixed(request)

    def change_pool(self, request: ClusterRequest, change: PoolChange, *, reporter: Reporter) -> None:
        """Refuse: kind cannot change the nodes of a cluster."""
        del change, reporter
        raise _fixed(request)

    def export_kubeconfig(self, name: str) -> None:
        """Write the cluster's entry, and make its context the current one."""
        kind = self._kind(name)
        kind.export_kubeconfig()
        kind.kubectl.use(kind.kubectl.context)

    def _summary(self, name: str) -> ClusterSummary:
        nodes = [node for node in list_nodes(self._run, cluster=name) if node.is_node]
        return ClusterSummary(
            name=name,
            location=THIS_COMPUTER,
            status=self.describe(name).name,
            nodes=len(nodes),
            is_ours=self.is_ours(name),
        )


def _fixed(request: ClusterRequest) -> InputError:
    return InputError(
        f"kind cannot change the nodes of the cluster {request.name}",
        hint=f"delete it and make it anew: tfk8s cluster delete {request.name} --provider kind",
    )
