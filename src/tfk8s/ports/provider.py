"""What makes a cluster exist, what holds its images, and what builds them: the ports of `up` and `down`."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NewType, Protocol

from tfk8s.ports.events import Reporter

if TYPE_CHECKING:  # at run time it would load pydantic into every command that shows progress
    from tfk8s.spec import ClusterSpec

Digest = NewType("Digest", str)
"""`sha256:` and 64 hexadecimal digits, as the OCI image specification writes the name of a content."""


class ClusterState(enum.Enum):
    """What a provider finds under a cluster's name."""

    ABSENT = "absent"
    STOPPED = "stopped"
    RUNNING = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRequest:
    """The cluster that is wanted.

    Attributes:
        cluster: as the spec, or the command line, describes it.
        base: folder where relative paths of it start.
    """

    cluster: ClusterSpec
    base: Path = Path()

    @property
    def name(self) -> str:
        """The provider's name of the cluster."""
        return self.cluster.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterEndpoint:
    """A cluster that is reached without a kubeconfig.

    Attributes:
        server: URL of its API server.
        ca_certificate: PEM of the authority that signed the server's certificate; b"" for the public ones.
        token: a bearer token that is valid now; asked for again before it runs out. Never shown.
    """

    server: str
    ca_certificate: bytes
    token: Callable[[], str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAccess:
    """How to reach a cluster.

    Attributes:
        context: name of its context.
        kubeconfig: the file, or None for the one that kubectl would take.
        is_current: whether a command that names no context goes to this cluster.
        endpoint: for a cluster that needs no kubeconfig; the context is then what people would call it.
    """

    context: str
    kubeconfig: Path | None
    is_current: bool
    endpoint: ClusterEndpoint | None = None


class EnsureOutcome(enum.Enum):
    """What `ensure` had to do."""

    CREATED = "created"
    STARTED = "started"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsuredCluster:
    """A cluster that answers, and what was done for it."""

    access: ClusterAccess
    outcome: EnsureOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterPreview:
    """What `ensure` would do, found out without changing anything.

    Attributes:
        state: what is there now.
        creates: what a new cluster consists of, a line each; () when there is nothing to create.
        runs: what goes on running, and costs, until the cluster is deleted, a line each; () where nothing is billed.
        differences: where the cluster that exists is not what is wanted; it is never recreated for that.
    """

    state: ClusterState
    creates: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    differences: tuple[FieldDifference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """One field of the spec's cluster that the real one does not have.

    Attributes:
        field: where it stands in the spec, as `nodePools[gpu].machineType`.
        wanted: as the spec says it.
        found: as the cluster has it.
        remedy: the command that changes it, or why it cannot be changed.
    """

    field: str
    wanted: str
    found: str
    remedy: str


class ClusterProvider(Protocol):
    """Makes a cluster exist, and takes it away."""

    def preview(self, request: ClusterRequest) -> ClusterPreview:
        """Say what `ensure` would do; changes nothing."""
        ...

    def describe(self, name: str) -> ClusterState:
        """Say what is there under this name; changes nothing."""
        ...

    def is_ours(self, name: str) -> bool:
        """Whether the cluster of this name exists and was made by this tool, so that it may be deleted again."""
        ...

    def access(self, name: str) -> ClusterAccess:
        """Say how the cluster of this name is reached; changes nothing."""
        ...

    def ensure(self, request: ClusterRequest, *, reporter: Reporter) -> EnsuredCluster:
        """Return once the cluster exists, its nodes are ready and it serves resource metrics.

        Raises:
            PreconditionError: a program or its daemon is missing.
            CloudError: the cluster could not be made or started.
            WaitTimeoutError: it exists, but is not ready in time.
        """
        ...

    def delete(self, name: str, *, reporter: Reporter | None = None) -> bool:
        """Delete the cluster and its entry in the kubeconfig; False when there was none.

        Returns when it is gone, which takes minutes in a cloud.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A content that can be streamed as often as needed: to a registry, a file or a node.

    Attributes:
        chunks: its bytes from the start, in pieces of at most 1 MiB; raises before the last one when it notices that
            they changed. Whoever keeps them holds them against the digest, as registries and containerd do.
    """

    media_type: str
    digest: Digest
    size_bytes: int
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """An image of one platform that model layers are put on, as bytes: a digest is only good for these very bytes.

    Attributes:
        blobs: its layers as streams, where they can be had; a store that has them already needs none.
    """

    reference: str
    manifest: bytes
    config: bytes
    blobs: tuple[Blob, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelContent:
    """The files that go into a model image.

    Attributes:
        name: the model's name in the URL; its folder in the image is `/models/<name>`.
        root: the model directory; no link inside may lead out of it.
        versions: directory of each version, ascending by number.
    """

    name: str
    root: Path
    versions: tuple[tuple[int, Path], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelImage:
    """A model image that is worked out but not written anywhere yet.

    Attributes:
        reference: `repository:tag`.
        digest: of its manifest.
        layers: digests of the model layers, one for each version of each model.
        size_bytes: bytes of the model layers.
        archive: streams an OCI image layout as a tar file, without the contents that are named; a content that the
            target has already need not be sent.
        manifest: the bytes that `digest` names.
        config: the image's configuration.
        blobs: the model layers as streams, in the order of `layers`.
    """

    reference: str
    digest: Digest
    layers: tuple[Digest, ...]
    size_bytes: int
    archive: Callable[[frozenset[Digest]], Iterator[bytes]]
    manifest: bytes
    config: bytes
    blobs: tuple[Blob, ...]


class ImageBuilder(Protocol):
    """Works out a model image; reads the model's files and writes nothing."""

    def build(self, contents: Sequence[ModelContent], *, base: BaseImage, reference: str) -> ModelImage:
        """Append a layer for each version of each model to the base, under the given name.

        Raises:
            InputError: a file cannot be read, is no regular file, or leads out of the model directory.
            RegistryError: the base is no image for linux/amd64.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a delivery took.

    Attributes:
        digest: under which the image can be had now.
        sent_bytes: bytes of contents that were sent; 0 when everything was there.
        reused_bytes: bytes that the target had already.
    """

    digest: Digest
    sent_bytes: int
    reused_bytes: int


class ImageStore(Protocol):
    """Where the nodes of a cluster find images."""

    def base(self, reference: str, *, reporter: Reporter) -> BaseImage:
        """Make sure that every node has the base image, and read it.

        Raises:
            RegistryError: it is nowhere to be had.
        """
        ...

    def holds(self, reference: str, *, base: str) -> bool:
        """Whether every node has an image of this name, and it was built on the base image that the node has now."""
        ...

    def deliver(self, image: ModelImage, *, base: BaseImage, reporter: Reporter) -> Delivery:
        """Give the image to the registry, or to every node that lacks it; its name is given last.

        Raises:
            RegistryError: the registry or a node refused it; nothing is there under the image's name.
        """
        ...
