"""What every place that keeps versions agrees on: the order of a version's files, their checksums, and hidden names.

The server takes each directory below a model's base path whose name is an integer for a version, and ignores all
others. So what is unfinished lies under a name that is none.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from tfk8s.errors import InputError
from tfk8s.model import shown
from tfk8s.model.digest import digest_of_files, file_digest
from tfk8s.model.files import walk
from tfk8s.model.version import GRAPH_FILE, OTHER_GRAPH_FILES
from tfk8s.ports.publication import LocalVersion, VersionFile

INCOMING = ".tfk8s-incoming-"
"""A directory beside the versions that holds one which is not published yet, under its number."""

GONE = ".tfk8s-gone-"
"""A version that is being removed."""

GRAPH_FILES = (*OTHER_GRAPH_FILES, GRAPH_FILE)
"""The files of which a server needs one to load a version; the first that it looks for comes last."""

_FINGERPRINT = "fingerprint.pb"
_DIGEST_DIGITS = 12


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


def publication_order(name: str) -> tuple[int, str]:
    """Sorts the files of a version: the graph last, its fingerprint before it, everything else before both."""
    if name in GRAPH_FILES:
        return 2 + GRAPH_FILES.index(name), name
    return (1 if name == _FINGERPRINT else 0), name


def incoming_name(version: LocalVersion) -> str:
    """The hidden directory of a version: another one for another content, so that nothing of both is ever mixed."""
    return f"{INCOMING}{version.number}-{version.digest.removeprefix('sha256:')[:_DIGEST_DIGITS]}"


def incoming_number(name: str) -> int | None:
    """The version that a hidden directory is for; None for any other directory."""
    number = name.removeprefix(INCOMING).partition("-")[0]
    return int(number) if name.startswith(INCOMING) and number.isdecimal() else None


def changed(file: VersionFile, *, version: LocalVersion) -> InputError:
    """The error for a file that is another one than it was."""
    return InputError(
        f"{shown(version.directory / file.name)} changed while it was copied",
        hint="wait until the version is written, and run the command again",
    )


def taken(number: int, *, place: str) -> InputError:
    """The error for a number that has another content."""
    return InputError(
        f"version {number} is in {place} already, with another content",
        hint="a version is never overwritten: add it under another number, --version",
    )


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
