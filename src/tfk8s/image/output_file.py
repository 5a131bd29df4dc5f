"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tfk8s.errors import InputError, RegistryError

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file beside its place and move it there when it is complete; what fails leaves nothing behind.

    A run that was killed leaves its part behind, and the next one begins by clearing it.

    Raises:
        RegistryError: there is no room.
        InputError: the place cannot be written.
        Tfk8sError: what the pieces raise.
    """
    part = path.with_name(f".{path.name}.part")
    with _explained(path):
        file = _opened(part)
        try:
            with os.fdopen(file, "wb") as handle:
                for piece in pieces:
                    handle.write(piece)
                handle.flush()
                os.fsync(handle.fileno())
                part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def make_directory(path: Path) -> tuple[Path, ...]:
    """Make a directory with those above it, and say which were made, the outermost first.

    Raises:
        RegistryError: there is no room.
        InputError: it cannot be made.
    """
    missing = []
    while not path.exists():
        missing.append(path)
        path = path.parent
    made: list[Path] = []
    for folder in reversed(missing):
        with _explained(folder):
            folder.mkdir(exist_ok=True)
        made.append(folder)
    return tuple(made)


def _opened(part: Path) -> int:
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(file, 0)
    except BlockingIOError as error:
        os.close(file)
        raise InputError(
            f"another process writes {part} right now", hint="wait for it, or name another file"
        ) from error
    return file


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise RegistryError(
                f"there is no room for {path}: {(error.strerror or '').lower()}",
                hint="make room on the disk, or write to another one; nothing was left behind",
            ) from error
        raise InputError(
            f"{path} cannot be written: {(error.strerror or type(error).__name__).lower()}",
            hint="look at the directory and the rights on it",
        ) from error
