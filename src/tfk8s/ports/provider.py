"""What makes a cluster exist, what holds its images, and what builds them: the ports of `up` and `down`."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NewType, Protocol

from tfk8s.ports.events import Reporter

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
        name: the provider's name of the cluster.
        nodes: how many nodes a new cluster gets.
        node_image: image of a new cluster's nodes, or None for the provider's own choice.
        config: file in the provider's own format that a new cluster is made from, or None for a generated one.
    """

    name: str
    nodes: int = 1
    node_image: str | None = None
    config: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAccess:
    """How to reach a cluster.

    Attributes:
        context: name of its context.
        kubeconfig: the file, or None for the one that kubectl would take.
        is_current: whether a command that names no context goes to this cluster.
    """

    context: str
    kubeconfig: Path | None
    is_current: bool


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


class ClusterProvider(Protocol):
    """Makes a cluster exist, and takes it away."""

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

    def delete(self, name: str) -> bool:
        """Delete the cluster and its entry in the kubeconfig; False when there was none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """An image of one platform that model layers are put on, as bytes: a digest is only good for these very bytes."""

    reference: str
    manifest: bytes
    config: bytes


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
    """

    reference: str
    digest: Digest
    layers: tuple[Digest, ...]
    size_bytes: int
    archive: Callable[[frozenset[Digest]], Iterator[bytes]]


class ImageBuilder(Protocol):
    """Works out a model image; reads the model's files and writes nothing."""

    def build(self, contents: Sequence[ModelContent], *, base: BaseImage, reference: str) -> ModelImage:
        """Append a layer for each version of each model to the base, under the given name.

        Raises:
            InputError: a file cannot be read, is no regular file, or leads out of the model directory.
            RegistryError: the base is no image for linux/amd64.
        """
        ...


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

    def deliver(self, image: ModelImage, *, reporter: Reporter) -> None:
        """Give the image to every node that lacks it.

        Raises:
            RegistryError: a node refused it.
        """
        ...
