"""Remembers uploads that are under way, so that a push that was killed goes on where the registry has it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from tfk8s.clock import Clock
from tfk8s.ports import Digest

_OLDEST: Final = timedelta(days=7)
"""Registries clear uploads away that nobody finished; distribution does so after a week."""


def upload_state_dir(environ: Mapping[str, str]) -> Path:
    """Where uploads under way are remembered: below XDG_STATE_HOME, else below ~/.local/state."""
    state = environ.get("XDG_STATE_HOME")
    home = Path(environ.get("HOME") or "~").expanduser()
    return (Path(state) if state else home / ".local" / "state") / "tfk8s" / "uploads"


class UploadEntry:
    """One upload's place in the journal; without a file it remembers nothing over runs."""

    def __init__(self, file: int | None) -> None:
        """Take a descriptor that is open and locked."""
        self._file = file
        self.location = "" if file is None else _read(file)
        """URL of the upload that an earlier run began; "" for none."""

    def remember(self, location: str) -> None:
        """Note where the upload is; a full disk costs the memory, not the push."""
        self.location = location
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, json.dumps({"location": location}).encode(), 0)


class UploadJournal:
    """One file for each upload in a directory; None as the directory remembers nothing."""

    def __init__(self, directory: Path | None, *, clock: Clock) -> None:
        """Nothing is read or written yet."""
        self._directory, self._clock = directory, clock

    @contextlib.contextmanager
    def entry(self, repository: str, *, digest: Digest) -> Iterator[UploadEntry]:
        """The entry of one blob for one repository, to this process alone; it is gone when the block ends well.

        Another process that sends the same blob has the entry: this one then sends it by itself.
        """
        path = self._path(repository, digest)
        file = None if path is None else self._locked(path)
        try:
            yield UploadEntry(file)
            if path is not None and file is not None:
                path.unlink(missing_ok=True)
        finally:
            if file is not None:
                os.close(file)

    def _path(self, repository: str, digest: Digest) -> Path | None:
        if self._directory is None:
            return None
        name = hashlib.sha256(f"{repository} {digest}".encode()).hexdigest()
        return self._directory / f"{name[:32]}.json"

    def _locked(self, path: Path) -> int | None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._tidy(path.parent)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return None
        return file

    def _tidy(self, directory: Path) -> None:
        oldest = (self._clock.utc_now() - _OLDEST).timestamp()
        for entry in directory.glob("*.json"):
            with contextlib.suppress(OSError):
                if entry.stat().st_mtime < oldest:
                    entry.unlink()


def _read(file: int) -> str:
    try:
        document = json.loads(os.pread(file, 1 << 16, 0))
    except (OSError, ValueError):
        return ""
    location = document.get("location") if isinstance(document, dict) else None
    return location if isinstance(location, str) else ""
