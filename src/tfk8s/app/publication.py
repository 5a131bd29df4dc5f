"""Reads a version of this computer as a store takes it: every file with its checksum, in the order of publication."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from tfk8s.errors import InputError
from tfk8s.model import shown
from tfk8s.model.digest import digest_of_files, file_digest
from tfk8s.model.files import walk
from tfk8s.ports.publication import LocalVersion, VersionFile
from tfk8s.ports.publication_names import publication_order


def local_version(directory: Path, *, number: int) -> LocalVersion:
    """Read every byte of a version, and put its files into the order in which a store takes them.

    Raises:
        InputError: a file cannot be read, or its name cannot be used everywhere.
    """
    try:
        files = [
            VersionFile(
                name=_usable(file.name, directory=directory),
                path=file.path,
                size_bytes=file.size_bytes,
                sha256=file_digest(file.path).hex(),
            )
            for file in walk(directory)
        ]
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        place = Path(os.fsdecode(error.filename or directory))
        hint = (
            "remove it; a SavedModel consists of plain files" if error.errno == errno.EINVAL else "look at its rights"
        )
        raise InputError(f"{shown(place)} cannot be read: {reason}", hint=hint) from error
    ordered = tuple(sorted(files, key=lambda file: publication_order(file.name)))
    return LocalVersion(directory=directory, number=number, digest=digest_of_version(ordered), files=ordered)


def digest_of_version(files: Sequence[VersionFile]) -> str:
    """`tfk8s.model.content_digest`, of checksums that are known."""
    return digest_of_files((file.name.encode(), bytes.fromhex(file.sha256)) for file in files)


def _usable(name: bytes, *, directory: Path) -> str:
    """Names go through a shell's lists and into URLs: no control characters, no broken encodings."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or not text.isprintable() or "\\" in text:
        raise InputError(
            f"a file of {shown(directory)} has a name that cannot be published: {os.fsdecode(name)!r}",
            hint="rename it: names are UTF-8 text without control characters and backslashes",
        )
    return text
