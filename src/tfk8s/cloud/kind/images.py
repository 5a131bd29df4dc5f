"""The images of a kind cluster: every node keeps its own, so each is given what it lacks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tfk8s.cloud.kind.containerd import PLATFORM, NodeImages
from tfk8s.cloud.kind.nodes import DOCKER_TIMEOUT_S, running_nodes
from tfk8s.cloud.kind.process import Runner
from tfk8s.errors import RegistryError
from tfk8s.ports import BaseImage, Delivery, Digest, ModelImage, Note, Progress, Reporter

_PULL_TIMEOUT_S = 1800.0
_PIECE_BYTES = 1 << 20
_REPORTS = 20
_SMALL_BYTES = 16 << 20
"""Less than this is sent before anybody could read how much of it was."""


class KindImageStore:
    """Implements `tfk8s.ports.ImageStore`."""

    def __init__(self, run: Runner, *, cluster: str) -> None:
        """Take the runner of programs and the cluster's name."""
        self._run, self._cluster = run, cluster

    def base(self, reference: str, *, reporter: Reporter) -> BaseImage:
        """Load the image from this computer's Docker into the nodes that lack it, then read it from the first node."""
        nodes = self._nodes()
        name = name_in_node(reference)
        lacking = [node for node in nodes if node.digest(name) is None]
        if lacking:
            self._have_locally(reference, reporter)
            self._load(reference, name, nodes=lacking)
        return nodes[0].read(name, reference=reference)

    def holds(self, reference: str, *, base: str) -> bool:
        """Ask every node. An image on a base that is gone since is still good: nothing better could be built there."""
        return all(_is_current(node, reference, base=base) for node in self._nodes())

    def deliver(self, image: ModelImage, *, base: BaseImage, reporter: Reporter) -> Delivery:
        """Import a thin archive into every node that lacks the image: what the node has already is not sent.

        The base's layers are in every node since `base` was asked for.
        """
        name = name_in_node(image.reference)
        sent = reused = 0
        for node in self._nodes():
            if node.digest(name) == image.digest:
                reused += image.size_bytes
                continue
            has = node.contents()
            missing = sum(blob.size_bytes for blob in image.blobs if blob.digest not in has)
            sent, reused = sent + missing, reused + image.size_bytes - missing
            done = node.add(_counted(image, node, has=has, reporter=reporter))
            if done.code != 0 or node.digest(name) != image.digest:
                raise node.refused(
                    done, f"the node {node.node} did not take the image {image.reference} on {base.reference}"
                )
        return Delivery(digest=image.digest, sent_bytes=sent, reused_bytes=reused)

    def _nodes(self) -> tuple[NodeImages, ...]:
        names = running_nodes(self._run, cluster=self._cluster)
        return tuple(NodeImages(run=self._run, node=name) for name in names)

    def _have_locally(self, reference: str, reporter: Reporter) -> None:
        if (
            self._run(["docker", "image", "inspect", "--format={{.Id}}", reference], timeout_s=DOCKER_TIMEOUT_S).code
            == 0
        ):
            return
        reporter.emit(Note(message=f"pulling {reference}"))
        pulled = self._run(["docker", "pull", f"--platform={'/'.join(PLATFORM)}", reference], timeout_s=_PULL_TIMEOUT_S)
        if pulled.code != 0:
            raise RegistryError(
                f"the base image {reference} is neither in the cluster nor in this computer's Docker, "
                "and could not be pulled",
                hint="correct image.base, or load the image into Docker yourself",
                details=pulled.last_lines,
            )

    def _load(self, reference: str, name: str, *, nodes: list[NodeImages]) -> None:
        # `kind load` imports every platform that an index names, and fails when Docker holds only one of them
        # (kind issue 3795): so save and import are done here, for the one platform.
        with tempfile.TemporaryDirectory(prefix="tfk8s-") as folder:
            archive = Path(folder) / "image.tar"
            for command in (["docker", "tag", reference, name], ["docker", "save", f"--output={archive}", name]):
                done = self._run(command, timeout_s=_PULL_TIMEOUT_S)
                if done.code != 0:
                    raise RegistryError(
                        f"Docker does not give the image {reference}",
                        hint=f"pull it anew (docker pull {reference}), and look for room on the disk",
                        details=done.last_lines,
                    )
            for node in nodes:
                done = node.add(_pieces(archive))
                if done.code != 0 or node.digest(name) is None:
                    raise node.refused(done, f"the node {node.node} did not take the base image {reference}")


def _is_current(node: NodeImages, reference: str, *, base: str) -> bool:
    built_on = node.base_digest(name_in_node(reference))
    return built_on is not None and node.manifest_digest(name_in_node(base)) in (None, built_on)


def name_in_node(reference: str) -> str:
    """The name under which containerd keeps an image: complete, as Docker would complete it.

    An image that is asked for by digest gets a name of ours, because an archive of Docker's cannot carry its own.
    """
    if "@" in reference:
        return f"tfk8s.local/base:{reference.rpartition(':')[2][:12]}"
    first, slash, _ = reference.partition("/")
    if not slash:
        reference = f"docker.io/library/{reference}"
    elif not ({".", ":"} & set(first) or first == "localhost"):
        reference = f"docker.io/{reference}"
    return reference if ":" in reference.rpartition("/")[2] else f"{reference}:latest"


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while piece := handle.read(_PIECE_BYTES):
            yield piece


def _counted(image: ModelImage, node: NodeImages, *, has: frozenset[Digest], reporter: Reporter) -> Iterator[bytes]:
    sent, told = 0, 0
    for piece in image.archive(has):
        yield piece
        sent += len(piece)
        if image.size_bytes > _SMALL_BYTES and (now := _REPORTS * sent // image.size_bytes) > told:
            told = now
            done = min(sent, image.size_bytes)
            reporter.emit(Progress(what=f"image to {node.node}", done=done, total=image.size_bytes, unit="bytes"))
