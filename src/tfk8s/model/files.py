"""Touches the disk with care: only regular files are read, and a walk ends whatever symbolic links there are."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MOST_FILES = 100_000
"""Far more than any model has; a hostile net of symbolic links would otherwise be walked for ever."""
_DEEPEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file below a directory: its name relative to it, with `/` between parts, and its size."""

    name: bytes
    path: Path
    size_bytes: int


def regular_size(path: Path) -> int:
    """Bytes of a regular file.

    Raises:
        OSError: nothing is there, it may not be looked at, or it is a pipe, a device or a directory.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
    return status.st_size


def read_regular(path: Path) -> bytes:
    """Contents of a regular file; raises as `regular_size`. Opening a pipe instead would wait for a writer for ever."""
    regular_size(path)
    return path.read_bytes()


def is_directory(path: Path) -> bool:
    """Whether a directory is there that may be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


def walk(directory: Path) -> Iterator[File]:
    """Every file below `directory`; symbolic links are followed.

    Raises:
        OSError: something cannot be read, links run in a circle, or there is no end of files.
    """
    for count, file in enumerate(_walk(directory, prefix=b"", above=frozenset())):
        if count >= _MOST_FILES:
            raise OSError(errno.EFBIG, f"more than {_MOST_FILES:,} files", os.fspath(directory))
        yield file


def _walk(directory: Path, *, prefix: bytes, above: frozenset[tuple[int, int]]) -> Iterator[File]:
    status = directory.stat()
    here = (status.st_dev, status.st_ino)
    if len(above) > _DEEPEST:
        raise OSError(errno.ELOOP, f"more than {_DEEPEST} directories deep", os.fspath(directory))
    if here in above:
        raise OSError(errno.ELOOP, "symbolic links run in a circle", os.fspath(directory))
    with os.scandir(directory) as entries:
        children = sorted(entries, key=lambda entry: entry.name)
    for entry in children:
        name = prefix + os.fsencode(entry.name)
        if entry.is_dir():
            yield from _walk(Path(entry.path), prefix=name + b"/", above=above | {here})
        else:
            yield File(name=name, path=Path(entry.path), size_bytes=entry.stat().st_size)
