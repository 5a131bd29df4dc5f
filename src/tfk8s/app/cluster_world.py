"""What the commands about clusters need of the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfk8s.clock import Clock
from tfk8s.ports import ClusterAccess, ManagedClusters, Reporter, Repositories
from tfk8s.ports.cluster import Cluster
from tfk8s.ports.kubeconfig import Kubeconfig


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterWorld:
    """The ports, wired for the provider of one cluster.

    Attributes:
        kubeconfig: the file that people's tools read.
        export: for a provider that writes and removes its entries itself: writes the one of a cluster's name.
        repositories: of images, in the provider's cloud; None where there are none.
        connect: to a cluster of the provider; sends nothing yet.
    """

    clusters: ManagedClusters
    kubeconfig: Kubeconfig
    export: Callable[[str], None] | None
    connect: Callable[[ClusterAccess], Cluster]
    clock: Clock
    reporter: Reporter
    repositories: Repositories | None = None
