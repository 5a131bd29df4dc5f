"""What `up` and `down` need of the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfk8s.app.wait import ServerAccess
from tfk8s.clock import Clock
from tfk8s.manifest import Manifests
from tfk8s.ports import (
    ClusterAccess,
    ClusterProvider,
    ClusterRequest,
    ImageBuilder,
    ImageStore,
    PictureReader,
    Reporter,
    Repositories,
)
from tfk8s.ports.cluster import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A cluster, and how the model servers in it are asked."""

    cluster: Cluster
    access: ServerAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class UpWorld:
    """The ports, wired for the provider of one spec.

    Attributes:
        clusters: the provider of the spec's cluster.
        images: where the nodes of the cluster find images: in themselves, or in a registry.
        repositories: those of the provider's cloud; None where nothing has to exist before an image is pushed.
        admit: as `tfk8s.app.carry_out.World` has it.
        connect: to a cluster of the provider, or (None) to the one that the command line means; sends nothing yet.
    """

    clusters: ClusterProvider
    images: Callable[[ClusterRequest | None], ImageStore]
    builder: ImageBuilder
    connect: Callable[[ClusterAccess | None], Connection]
    pictures: PictureReader
    clock: Clock
    reporter: Reporter
    repositories: Repositories | None = None
    admit: Callable[[Manifests], None] = lambda _: None
