"""Remembers the operation that makes a cluster, so that a run after a killed one attaches to it, even when it failed.

One small file a cluster, replaced as a whole. It is no lock: GKE itself gives a name to one cluster only.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from tfk8s.cloud.gke.place import Place
from tfk8s.cloud.state_folder import make_folder, unusable


class Journal:
    """What is remembered of one cluster."""

    def __init__(self, state: Path, *, place: Place) -> None:
        """Take the folder that is this tool's own."""
        self._file = state / "gke" / place.project / place.location / place.name

    def prepare(self) -> None:
        """See that something can be remembered; to be called before anything is asked for.

        Raises:
            PreconditionError: the folder cannot be made.
        """
        make_folder(self._file.parent)

    def operation(self) -> str:
        """Name of the operation that an earlier run began and did not see the end of; or ""."""
        try:
            return self._file.read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            return ""

    def remember(self, operation: str) -> None:
        """Note the operation; it is on the disk when this returns.

        Raises:
            PreconditionError: there is no place for it.
        """
        self.prepare()
        fresh = self._file.with_name(f".{self._file.name}.new")
        try:
            with fresh.open("w", encoding="utf-8") as stream:
                stream.write(f"{operation}\n")
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(self._file)
        except OSError as error:
            raise unusable(self._file, error) from error

    def forget(self) -> None:
        """Note nothing."""
        with contextlib.suppress(NotADirectoryError):
            self._file.unlink(missing_ok=True)
