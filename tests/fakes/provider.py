"""A provider of clusters, its image store and a builder in memory; a test may let any of their calls die."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tfk8s.ports import (
    BaseImage,
    ClusterAccess,
    ClusterPreview,
    ClusterRequest,
    ClusterState,
    Delivery,
    Digest,
    EnsuredCluster,
    EnsureOutcome,
    FieldDifference,
    ModelContent,
    ModelImage,
    Reporter,
)
from tfk8s.spec import KindCluster


def alive(_: str) -> None:
    """Let every call through."""


@dataclass
class FakeProvider:
    """Implements `tfk8s.ports.ClusterProvider` and, for each cluster, `ImageStore`; and `ImageBuilder`.

    Attributes:
        clusters: state of each cluster.
        ours: names of the clusters that were made here.
        images: names of the images that the nodes have.
        done: every change, in order.
        runs: what is billed while a cluster exists, as a cloud would say it.
        differences: between every cluster and what is wanted of it.
        digest: of every image that is built.
        before: called with the name of each call that changes something, before it does; may raise.
    """

    clusters: dict[str, ClusterState] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)
    images: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    built: list[tuple[ModelContent, ...]] = field(default_factory=list)
    requests: list[ClusterRequest] = field(default_factory=list)
    before: Callable[[str], None] = alive
    runs: tuple[str, ...] = ()
    differences: tuple[FieldDifference, ...] = ()
    digest: str = "sha256:0"

    def describe(self, name: str) -> ClusterState:
        return self.clusters.get(name, ClusterState.ABSENT)

    def preview(self, request: ClusterRequest) -> ClusterPreview:
        state = self.describe(request.name)
        creates = (f"cluster {request.name}",) if state is ClusterState.ABSENT else ()
        return ClusterPreview(state=state, creates=creates, runs=self.runs, differences=self.differences)

    def is_ours(self, name: str) -> bool:
        return name in self.ours and name in self.clusters

    def access(self, name: str) -> ClusterAccess:
        return ClusterAccess(context=f"kind-{name}", kubeconfig=Path("kubeconfig"), is_current=True)

    def ensure(self, request: ClusterRequest, *, reporter: Reporter) -> EnsuredCluster:
        del reporter
        self.before("ensure")
        self.requests.append(request)
        state = self.describe(request.name)
        outcome = {
            ClusterState.ABSENT: EnsureOutcome.CREATED,
            ClusterState.STOPPED: EnsureOutcome.STARTED,
            ClusterState.RUNNING: EnsureOutcome.UNCHANGED,
        }[state]
        if outcome is EnsureOutcome.CREATED:
            self.ours.add(request.name)
        if outcome is not EnsureOutcome.UNCHANGED:
            self.done.append(f"{outcome.value} {request.name}")
        self.clusters[request.name] = ClusterState.RUNNING
        return EnsuredCluster(access=self.access(request.name), outcome=outcome)

    def delete(self, name: str, *, reporter: Reporter | None = None) -> bool:
        del reporter
        self.before("delete")
        self.done.append(f"deleted {name}")
        return self.clusters.pop(name, None) is not None

    def store(self, cluster: ClusterRequest | None) -> FakeProvider:
        """The nodes' own store in a cluster of kind, which must be there; else a registry."""
        if cluster is not None and isinstance(cluster.cluster, KindCluster):
            assert self.describe(cluster.name) is ClusterState.RUNNING
        return self

    def base(self, reference: str, *, reporter: Reporter) -> BaseImage:
        del reporter
        self.before("base")
        return BaseImage(reference=reference, manifest=b"{}", config=b"{}")

    def holds(self, reference: str, *, base: str) -> bool:
        assert base
        return reference in self.images

    def deliver(self, image: ModelImage, *, base: BaseImage, reporter: Reporter) -> Delivery:
        del base, reporter
        self.before("deliver")
        self.images.add(image.reference)
        self.done.append(f"delivered {image.reference}")
        return Delivery(digest=image.digest, sent_bytes=image.size_bytes, reused_bytes=0)

    def build(self, contents: Sequence[ModelContent], *, base: BaseImage, reference: str) -> ModelImage:
        del base
        self.before("build")
        self.built.append(tuple(contents))
        return ModelImage(
            reference=reference,
            digest=Digest(self.digest),
            layers=(),
            size_bytes=0,
            archive=lambda _: iter(()),
            manifest=b"{}",
            config=b"{}",
            blobs=(),
        )


@dataclass
class FakeRepositories:
    """Implements `tfk8s.ports.Repositories` for the image repositories below one host."""

    host: str = "us-central1-docker.pkg.dev"
    there: set[str] = field(default_factory=set)
    ours: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    before: Callable[[str], None] = alive

    def manages(self, repository: str) -> bool:
        return repository.startswith(f"{self.host}/")

    def exists(self, repository: str) -> bool:
        return repository in self.there

    def create(self, repository: str, *, reporter: Reporter) -> None:
        del reporter
        self.before("create")
        self.done.append(f"created {repository}")
        self.there.add(repository)
        self.ours.add(repository)

    def is_ours(self, repository: str) -> bool:
        return repository in self.ours

    def delete(self, repository: str, *, reporter: Reporter) -> bool:
        del reporter
        self.before("delete")
        was_there = repository in self.there
        self.done.append(f"deleted {repository}")
        self.there.discard(repository)
        self.ours.discard(repository)
        return was_there
