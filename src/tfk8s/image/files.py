"""Finds the files of a model version: every one is a regular file inside the model directory, in a fixed order."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfk8s.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One entry below a version directory.

    Attributes:
        name: path relative to the version directory, with slashes.
        source: where its bytes are, links resolved.
        size_bytes: None for a directory.
    """

    name: str
    source: Path
    size_bytes: int | None


def model_files(directory: Path, *, root: Path) -> tuple[ModelFile, ...]:
    """List everything below a version directory, directories before what they hold, sorted by name.

    A link is replaced by what it points at, as long as that lies within `root`.

    Raises:
        InputError: a link leads out of `root` or in a circle, an entry is no file or directory, or it cannot be read.
    """
    limit = _resolved(root)
    found = _below(directory, prefix="", limit=limit, above=(_resolved(directory),))
    return tuple(sorted(found, key=lambda file: file.name.split("/")))


def _below(directory: Path, *, prefix: str, limit: Path, above: tuple[Path, ...]) -> Iterator[ModelFile]:
    try:
        children = sorted(directory.iterdir())
    except OSError as error:
        raise _unreadable(directory, error) from error
    for child in children:
        source = _resolved(child)
        if child.is_symlink() and not source.is_relative_to(limit):
            raise InputError(
                f"{child} is a link that leads out of the model directory, to {source}",
                hint=f"copy the file into {directory}; an image holds nothing from outside the model directory",
            )
        name = f"{prefix}{child.name}"
        try:
            mode = source.stat()
        except OSError as error:
            raise _unreadable(child, error) from error
        if stat.S_ISDIR(mode.st_mode):
            if source in above:
                raise InputError(f"{child} is a link to a directory that holds it", hint="remove the link")
            yield ModelFile(name=name, source=source, size_bytes=None)
            yield from _below(source, prefix=f"{name}/", limit=limit, above=(*above, source))
        elif stat.S_ISREG(mode.st_mode):
            yield ModelFile(name=name, source=source, size_bytes=mode.st_size)
        else:
            raise InputError(
                f"{child} is neither a file nor a directory",
                hint="remove it; a SavedModel consists of plain files",
            )


def _resolved(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # Python before 3.13 reports a circle of links as RuntimeError
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is a circle of links"
    return InputError(
        f"{path} cannot be read: {reason}",
        hint="every file of the model must exist and be readable; export the model again if it is damaged",
    )
