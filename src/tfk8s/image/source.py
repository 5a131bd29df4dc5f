"""A blob's bytes from any place on: what an upload that was broken off needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tfk8s.ports import Blob


class BlobSource:
    """Reads a blob forwards, and starts it again when a place behind is asked for."""

    def __init__(self, blob: Blob, *, on_read: Callable[[int], None]) -> None:
        """Nothing is read yet.

        Args:
            blob: to read.
            on_read: told the number of bytes of each piece once whoever took it is done with it.
        """
        self._blob, self._on_read = blob, on_read
        self._chunks: Iterator[bytes] = iter(())
        self._rest = b""
        self._at = blob.size_bytes  # so that the first place that is asked for lies behind

    def take(self, size_bytes: int, *, start: int) -> Iterator[bytes]:
        """The bytes from `start` on, `size_bytes` of them, in pieces as they come.

        Raises:
            Tfk8sError: the blob cannot be read, or is not what it was.
        """
        self._go_to(start)
        left = size_bytes
        while left and self._fill():
            piece, self._rest = self._rest[:left], self._rest[left:]
            left -= len(piece)
            self._at += len(piece)
            yield piece
            self._on_read(len(piece))
        if self._at == self._blob.size_bytes:
            self._fill()  # the blob checks itself at its end

    def _go_to(self, start: int) -> None:
        if start < self._at:
            self._chunks, self._rest, self._at = self._blob.chunks(), b"", 0
        while self._at < start and self._fill():
            skipped = min(len(self._rest), start - self._at)
            self._rest = self._rest[skipped:]
            self._at += skipped

    def _fill(self) -> bool:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return False
            self._rest = chunk
        return True
