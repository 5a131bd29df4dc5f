"""Providers that make a cluster and an image store exist, by name; each is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from tfk8s.clock import Clock
from tfk8s.errors import PreconditionError
from tfk8s.ports import ImageStore, Logins, ManagedClusters, Repositories

if TYPE_CHECKING:  # pydantic, for the commands that need no spec
    from tfk8s.spec import ClusterSpec

ProviderName: TypeAlias = Literal["gke", "kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a provider needs of this computer.

    Attributes:
        clock: for waiting.
        state: folder where the provider remembers what it began; made when it is needed.
        kubeconfig: file for the cluster's context, or None for the one that kubectl would take.
        cluster: the cluster that it is about, which says project and location; None where the provider needs neither.
    """

    clock: Clock
    state: Path
    kubeconfig: Path | None = None
    cluster: ClusterSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What a provider has.

    Attributes:
        clusters: makes them.
        images: the nodes' own store, by the cluster's name; None when nodes pull from a registry.
        repositories: what must exist before an image is pushed; None when nothing must.
        logins: for the cloud's own registries.
        export_kubeconfig: writes a cluster's entry into the kubeconfig; None where the entry follows from the access.
    """

    clusters: ManagedClusters
    images: Callable[[str], ImageStore] | None = None
    repositories: Repositories | None = None
    logins: Logins | None = None
    export_kubeconfig: Callable[[str], None] | None = None


def _kind(surroundings: Surroundings) -> Provider:
    from tfk8s.cloud.kind.images import KindImageStore
    from tfk8s.cloud.kind.managed import ManagedKind
    from tfk8s.cloud.kind.process import run

    clusters = ManagedKind(run, clock=surroundings.clock, state=surroundings.state, kubeconfig=surroundings.kubeconfig)
    return Provider(
        clusters=clusters,
        images=lambda cluster: KindImageStore(run, cluster=cluster),
        export_kubeconfig=clusters.export_kubeconfig,
    )


def _gke(surroundings: Surroundings) -> Provider:
    from functools import cache

    from tfk8s.cloud.gke.connection import gke_provider
    from tfk8s.cloud.gke.login import GoogleLogins, google_login
    from tfk8s.cloud.gke.repositories import ArtifactRepositories

    cluster = surroundings.cluster
    if cluster is None or cluster.provider != "gke":
        raise PreconditionError(
            "a cluster of GKE needs a project and a location",
            hint="write them in the spec's cluster, or give the options",
        )
    find_login = cache(google_login)  # found once, for clusters and images alike
    return Provider(
        clusters=gke_provider(cluster, clock=surroundings.clock, state=surroundings.state, find_login=find_login),
        repositories=ArtifactRepositories(clock=surroundings.clock, find_login=find_login),
        logins=GoogleLogins(find_login),
    )


PROVIDERS: dict[ProviderName, Callable[[Surroundings], Provider]] = {"gke": _gke, "kind": _kind}
