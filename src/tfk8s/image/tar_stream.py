"""Tar files as streams with nothing of this machine in them: no owner, no time, files in a fixed order."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Final

from tfk8s.errors import InputError
from tfk8s.image.files import ModelFile

READ_BYTES: Final = 1 << 19
TAR_END: Final = bytes(2 * tarfile.BLOCKSIZE)


def tar_header(name: str, *, size_bytes: int | None) -> bytes:
    """The header of one entry; a directory has no size."""
    entry = tarfile.TarInfo(name)
    entry.mtime = 0
    if size_bytes is None:
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755
    else:
        entry.size, entry.mode = size_bytes, 0o644
    return entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def tar_padding(size_bytes: int) -> bytes:
    """What fills an entry's last block."""
    return bytes(-size_bytes % tarfile.BLOCKSIZE)


def folder_tar(folder: str, files: Sequence[ModelFile]) -> Iterator[bytes | memoryview]:
    """A tar file of files below a folder; each piece is good until the next but one is asked for.

    Raises:
        InputError: a file cannot be read any more, or is shorter than it was.
    """
    buffers = cycle([memoryview(bytearray(READ_BYTES)) for _ in range(2)])
    parts = folder.split("/")
    for depth in range(1, len(parts) + 1):
        yield tar_header("/".join(parts[:depth]), size_bytes=None)
    for file in files:
        yield tar_header(f"{folder}/{file.name}", size_bytes=file.size_bytes)
        if file.size_bytes is not None:
            yield from _bytes_of(file, buffers=buffers)
            yield tar_padding(file.size_bytes)
    yield TAR_END


def changed(what: str) -> InputError:
    """The error for files that are not what they were."""
    return InputError(
        f"{what} changed while it was read",
        hint="wait until whatever writes the model is done, then run the same command again",
    )


def _bytes_of(file: ModelFile, *, buffers: Iterator[memoryview]) -> Iterator[memoryview]:
    left = file.size_bytes or 0
    try:
        with file.source.open("rb", buffering=0) as handle:
            while left:
                buffer = next(buffers)
                size = handle.readinto(buffer[: min(left, len(buffer))])
                if not size:
                    raise changed(file.name)
                left -= size
                yield buffer[:size]
    except OSError as error:
        raise InputError(f"{file.source} cannot be read: {error.strerror}", hint="make it readable") from error
