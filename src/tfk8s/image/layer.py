"""A model version as an image layer: the same files give the same bytes on any machine, and are never held in memory.

A layer is read twice: once for its digest, once when it is sent. The second reading checks that it saw the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from typing_extensions import Self

from tfk8s.errors import InputError
from tfk8s.image.descriptor import OCI_LAYER, Descriptor
from tfk8s.image.files import ModelFile, model_files
from tfk8s.image.stored_gzip import stored_gzip
from tfk8s.image.tar_stream import changed, folder_tar
from tfk8s.ports import Digest, ModelContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer that is read from its files whenever it is needed.

    Attributes:
        folder: of the version, in the image.
        files: of the version.
        descriptor: of the layer as it is sent: a tar file in gzip's form, without compression.
        diff_id: digest of the tar file itself.
        checksum: CRC-32 of the tar file.
    """

    folder: str
    files: tuple[ModelFile, ...]
    descriptor: Descriptor
    diff_id: Digest
    checksum: int

    def chunks(self) -> Iterator[bytes]:
        """Stream the layer in pieces of at most 1 MiB.

        A registry and containerd hold what they get against the digest; here the checksum that the form has anyway
        notices files that changed, before the last piece is given away.

        Raises:
            InputError: the files are not what they were when the digest was worked out.
        """
        return stored_gzip(folder_tar(self.folder, self.files), on_end=self._compare)

    def _compare(self, checksum: int) -> None:
        if checksum != self.checksum:
            raise changed(self.folder)


def model_layer(content: ModelContent, *, number: int) -> Layer:
    """Work out the layer of one version: its files below `/models/<name>/<number>`.

    A padded directory such as `00000123` becomes `123`, the form under which the server looks for a named version.

    Raises:
        InputError: the model's name is no folder name, or a file cannot go into an image.
    """
    if content.name in {"", ".", ".."} or "/" in content.name or "\0" in content.name:
        raise InputError(f"the model name {content.name!r} cannot be a folder of the image", hint="use a plain name")
    directory = dict(content.versions)[number]
    files = model_files(directory, root=content.root)
    folder = f"models/{content.name}/{number}"
    checksums, size = list[int](), 0
    # Hashing lets go of the interpreter: both digests, of the tar file and of its wrapped form, are worked out at once.
    with _Hash() as tar, _Hash() as layer:
        for piece in stored_gzip(tar.passed(folder_tar(folder, files)), on_end=checksums.append):
            layer.take(piece)
            size += len(piece)
    return Layer(
        folder=folder,
        files=files,
        descriptor=Descriptor(media_type=OCI_LAYER, digest=layer.digest(), size_bytes=size),
        diff_id=tar.digest(),
        checksum=checksums[0],
    )


class _Hash:
    """A digest that is worked out in a thread of its own; at most one piece waits."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._last: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def take(self, piece: bytes | memoryview) -> None:
        """Take a piece, which must stay as it is until the next one was taken."""
        self._wait()
        self._last = self._thread.submit(self._sha256.update, piece)

    def passed(self, pieces: Iterator[bytes | memoryview]) -> Iterator[bytes | memoryview]:
        """Take pieces and pass them on."""
        for piece in pieces:
            self.take(piece)
            yield piece

    def digest(self) -> Digest:
        """Of all that was taken."""
        self._wait()
        return Digest(f"sha256:{self._sha256.hexdigest()}")

    def _wait(self) -> None:
        if self._last is not None:
            self._last.result()
