"""A digest of everything that a version directory holds."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from tfk8s.errors import InputError
from tfk8s.model.files import regular_size, walk
from tfk8s.model.info import ModelVersion
from tfk8s.model.shown import shown

_CHUNK_BYTES = 1 << 20


def content_digest(version: ModelVersion) -> str:
    """Digest the names and contents of all files of a version; reads every byte.

    Two directories have the same digest exactly when they hold the same files under the same relative names; times,
    owners and empty directories do not count, and a symbolic link counts as what it leads to.

    Returns:
        `sha256:` and 64 hexadecimal digits.

    Raises:
        InputError: a file cannot be read.
    """
    try:
        return digest_of_files((file.name, file_digest(file.path)) for file in walk(version.path))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        is_no_file = error.errno == errno.EINVAL
        raise InputError(
            f"{shown(Path(os.fsdecode(error.filename or version.path)))} cannot be read: {reason}",
            hint="remove it; a SavedModel consists of plain files" if is_no_file else "look at the rights on its files",
        ) from error


def digest_of_files(files: Iterable[tuple[bytes, bytes]]) -> str:
    """`content_digest` of files that may lie anywhere: of each its relative name and the SHA-256 of its content."""
    import hashlib  # 15 ms of OpenSSL, which reading a model does not need

    whole = hashlib.sha256()
    for name, digest in sorted(files):
        whole.update(len(name).to_bytes(8, "big") + name + digest)
    return f"sha256:{whole.hexdigest()}"


def file_digest(path: Path) -> bytes:
    """SHA-256 of a regular file.

    Raises:
        OSError: it cannot be read, or is no file.
    """
    import hashlib

    regular_size(path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.digest()
