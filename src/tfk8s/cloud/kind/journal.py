"""Remembers what this tool began and made, so that a killed run can be finished and only our clusters are deleted.

One small file a cluster. It is locked while a cluster is worked on, and the lock is inherited by `kind`: when a run is
killed, the next one waits until a `kind` that outlived it has ended too.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from tfk8s.clock import Clock, ticks
from tfk8s.cloud.state_folder import make_folder, unusable
from tfk8s.errors import WaitTimeoutError
from tfk8s.ports import Reporter, Waiting

_CREATING = "creating"
_MADE = "made "


class Journal:
    """What is known of one cluster; to be used while its lock is held."""

    def __init__(self, handle: int) -> None:
        """Take over an open and locked file."""
        self.handle = handle

    @property
    def is_unfinished(self) -> bool:
        """Whether an earlier run began to make the cluster and did not finish."""
        return self._read() == _CREATING

    def has_made(self, container: str) -> bool:
        """Whether this very node container belongs to a cluster that this tool made."""
        return self._read() == f"{_MADE}{container}"

    def begin(self) -> None:
        """Note that the cluster is being made; before anything is done."""
        self._write(_CREATING)

    def finish(self, container: str) -> None:
        """Note the node container of the cluster that is made now."""
        self._write(f"{_MADE}{container}")

    def forget(self) -> None:
        """Note nothing."""
        self._write("")

    def _read(self) -> str:
        return os.pread(self.handle, 4096, 0).decode(errors="replace").strip()

    def _write(self, text: str) -> None:
        os.ftruncate(self.handle, 0)
        os.pwrite(self.handle, text.encode(), 0)
        os.fsync(self.handle)


@contextlib.contextmanager
def opened(path: Path, *, clock: Clock, timeout_s: float, reporter: Reporter) -> Iterator[Journal]:
    """Lock the journal of a cluster.

    Raises:
        PreconditionError: the file cannot be made.
        WaitTimeoutError: another run holds it for longer than `timeout_s`.
    """
    make_folder(path.parent)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise unusable(path, error) from error
    try:
        _lock(handle, path, clock=clock, timeout_s=timeout_s, reporter=reporter)
        yield Journal(handle)
    finally:
        os.close(handle)


def _lock(handle: int, path: Path, *, clock: Clock, timeout_s: float, reporter: Reporter) -> None:
    told = False
    for _ in ticks(clock, timeout_s=timeout_s, interval_s=0.5):
        if _try_lock(handle):
            return
        if not told:
            reporter.emit(Waiting(what=f"cluster {path.name}", reasons=("another run works on it",)))
        told = True
    raise WaitTimeoutError(
        f"another run has worked on the cluster {path.name} for more than {timeout_s:.0f} s",
        hint=f"look for a running tfk8s or kind; the lock is {path}",
    )


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
