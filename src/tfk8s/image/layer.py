"""A model version as an image layer: the same files give the same bytes on any machine, and are never held in memory.

A layer is read twice: once for its digest, once when it is sent. The second reading checks that it saw the same bytes.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from tfk8s.errors import InputError
from tfk8s.image.descriptor import OCI_LAYER, Descriptor
from tfk8s.image.files import ModelFile, model_files
from tfk8s.image.stored_gzip import stored_gzip
from tfk8s.ports import Digest, ModelContent


class _Digester(Protocol):
    def update(self, data: bytes, /) -> None: ...


CHUNK_BYTES: Final = 1 << 20
_BLOCK: Final = tarfile.BLOCKSIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer that is read from its files whenever it is needed.

    Attributes:
        folder: of the version, in the image.
        files: of the version.
        descriptor: of the layer as it is sent: a tar file in gzip's form, without compression.
        diff_id: digest of the tar file itself.
    """

    folder: str
    files: tuple[ModelFile, ...]
    descriptor: Descriptor
    diff_id: Digest

    def chunks(self) -> Iterator[bytes]:
        """Stream the layer in pieces of at most 1 MiB.

        Raises:
            InputError: the files are not what they were when the digest was worked out.
        """
        seen = hashlib.sha256()
        for chunk in stored_gzip(_tar(self.folder, self.files)):
            seen.update(chunk)
            yield chunk
        if f"sha256:{seen.hexdigest()}" != self.descriptor.digest:
            raise _changed(self.folder)


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
    tar, layer = hashlib.sha256(), hashlib.sha256()
    size = 0
    for chunk in stored_gzip(_hashed(_tar(folder, files), tar)):
        layer.update(chunk)
        size += len(chunk)
    return Layer(
        folder=folder,
        files=files,
        descriptor=Descriptor(media_type=OCI_LAYER, digest=Digest(f"sha256:{layer.hexdigest()}"), size_bytes=size),
        diff_id=Digest(f"sha256:{tar.hexdigest()}"),
    )


def tar_header(name: str, *, size_bytes: int | None) -> bytes:
    """The header of one entry with nothing of this machine in it: no owner, no time; a directory has no size."""
    entry = tarfile.TarInfo(name)
    entry.mtime = 0
    if size_bytes is None:
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755
    else:
        entry.size, entry.mode = size_bytes, 0o644
    return entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def tar_padding(size_bytes: int) -> bytes:
    """What fills an entry's last block."""
    return bytes(-size_bytes % _BLOCK)


TAR_END: Final = bytes(2 * _BLOCK)


def _hashed(chunks: Iterator[bytes], into: _Digester) -> Iterator[bytes]:
    for chunk in chunks:
        into.update(chunk)
        yield chunk


def _tar(folder: str, files: tuple[ModelFile, ...]) -> Iterator[bytes]:
    parts = folder.split("/")
    for depth in range(1, len(parts) + 1):
        yield tar_header("/".join(parts[:depth]), size_bytes=None)
    for file in files:
        yield tar_header(f"{folder}/{file.name}", size_bytes=file.size_bytes)
        if file.size_bytes is not None:
            yield from _bytes_of(file, size_bytes=file.size_bytes)
            yield tar_padding(file.size_bytes)
    yield TAR_END


def _bytes_of(file: ModelFile, *, size_bytes: int) -> Iterator[bytes]:
    left = size_bytes
    try:
        with file.source.open("rb") as handle:
            while left:
                chunk = handle.read(min(left, CHUNK_BYTES))
                if not chunk:
                    raise _changed(file.name)
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise InputError(f"{file.source} cannot be read: {error.strerror}", hint="make it readable") from error


def _changed(what: str) -> InputError:
    return InputError(
        f"{what} changed while it was read",
        hint="wait until whatever writes the model is done, then run the same command again",
    )
