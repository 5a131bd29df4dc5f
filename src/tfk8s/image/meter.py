"""Counts bytes and tells of them, not more often than anybody can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from tfk8s.ports import Progress, Reporter

_REPORTS: Final = 100
_SMALL_BYTES: Final = 16 << 20
"""Less than this is done before anybody could read how much of it was."""


class Meter:
    """Progress of one piece of work that is measured in bytes."""

    def __init__(self, what: str, *, total_bytes: int, reporter: Reporter) -> None:
        """Nothing is told yet."""
        self._what, self._total_bytes, self._reporter = what, total_bytes, reporter
        self._told = 0
        self.done_bytes = 0

    def advance(self, size_bytes: int) -> None:
        """So many bytes more are done; less than none for what has to be done again."""
        self.done_bytes += size_bytes
        if self._total_bytes <= _SMALL_BYTES:
            return
        done = min(self.done_bytes, self._total_bytes)
        if (part := _REPORTS * done // self._total_bytes) != self._told:
            self._told = part
            self._reporter.emit(Progress(what=self._what, done=done, total=self._total_bytes, unit="bytes"))

    def counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Pass pieces through and count each when it was taken."""
        for piece in pieces:
            yield piece
            self.advance(len(piece))
