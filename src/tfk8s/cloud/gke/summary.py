"""A cluster as `cluster list` and `cluster status` show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.cloud.gke.request import is_owned
from tfk8s.ports import ClusterState
from tfk8s.ports.managed import ClusterSummary

if TYPE_CHECKING:
    from google.cloud.container_v1 import Cluster


def summary_of(found: Cluster) -> ClusterSummary:
    """One line of the list."""
    return ClusterSummary(
        name=found.name,
        location=found.location or found.zone,
        status=found.status.name,
        release=found.current_master_version,
        nodes=found.current_node_count,
        is_ours=is_owned(found),
    )


def state_of(found: Cluster | None) -> ClusterState:
    """What a cluster is for `up` and `down`; STOPPED: it is there, but nothing can be asked of it now."""
    if found is None:
        return ClusterState.ABSENT
    usable = found.status.name in {"RUNNING", "RECONCILING", "DEGRADED"}
    return ClusterState.RUNNING if usable else ClusterState.STOPPED
