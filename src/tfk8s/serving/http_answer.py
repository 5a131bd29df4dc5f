"""Reads answers of HTTP/1.1 as they come in, as far as a measurement needs them: whole or not, and what they say first.

Own code, because this is on the way of every request that is timed: http.client reads from sockets that block, and
h11 takes several times as long for an answer as the server on loopback that the accuracy is measured against.
"""

from __future__ import annotations

from typing import Final

_MOST_HEAD_BYTES: Final = 64 << 10
_MOST_DIGITS: Final = 18
_KEPT_BYTES: Final = 256
_HEAD_END: Final = b"\r\n\r\n"
_NO_BODY: Final = (204, 304)


class NotHttpError(ValueError):
    """What came is no answer of HTTP/1.1."""


class HttpAnswerReader:
    """One answer; feed it what was received until it is complete.

    Attributes:
        status: 0 until the head was read.
        start: The first bytes of the body.
        is_complete: Whether all of the answer is there.
        is_last: Whether the other side closes the connection after it.
    """

    __slots__ = ("_chunk_left", "_head", "_is_chunked", "_left", "_tail", "is_complete", "is_last", "start", "status")

    def __init__(self) -> None:
        """Nothing was received yet."""
        self.status = 0
        self.start = b""
        self.is_complete = False
        self.is_last = False
        self._head = b""
        self._left: int | None = None  # bytes of the body that are missing; None: all until the connection ends
        self._is_chunked = False
        self._chunk_left = 0
        self._tail = b""

    def feed(self, data: bytes) -> None:
        """Take what was received.

        Raises:
            NotHttpError: it is no answer, or more than one.
        """
        if not self.status:
            data = self._take_head(data)
            if not self.status:
                return
        if self.is_complete and data:
            raise NotHttpError("there is more after the answer")
        if self._is_chunked:
            self._take_chunks(data)
        elif not self.is_complete:
            self._take_body(data)

    def end(self) -> bool:
        """The other side closed: whether the answer is whole."""
        if self.status and self._left is None and not self._is_chunked:
            self.is_complete = True
        return self.is_complete

    def _take_head(self, data: bytes) -> bytes:
        """What follows the head; empty, and `status` still 0, while the head is not whole."""
        self._head += data
        while True:
            end = self._head.find(_HEAD_END)
            if end < 0:
                if len(self._head) > _MOST_HEAD_BYTES or not b"HTTP/1.".startswith(self._head[:7]):
                    raise NotHttpError("the answer is not HTTP")
                return b""
            status = self._read_head(self._head[:end])
            rest = self._head[end + len(_HEAD_END) :]
            if status >= 200:
                break
            self._head = rest  # an interim answer; the real one follows
        self.status = status
        if status in _NO_BODY:
            self._left, self._is_chunked = 0, False
        self.is_complete = self._left == 0 and not self._is_chunked
        return rest

    def _read_head(self, head: bytes) -> int:
        lines = head.split(b"\r\n")
        first = lines[0].split(b" ", 2)
        if len(first) < 2 or first[0] not in (b"HTTP/1.1", b"HTTP/1.0") or not _is_number(first[1], most_digits=3):
            raise NotHttpError("the answer is not HTTP")
        self.is_last = first[0] == b"HTTP/1.0"
        self._left, self._is_chunked = None, False
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            self._take_header(name.strip().lower(), value.strip().lower())
        if self._is_chunked:
            self._left = None
        elif self._left is None:
            self.is_last = True
        return int(first[1])

    def _take_header(self, name: bytes, value: bytes) -> None:
        if name == b"content-length":
            if not _is_number(value, most_digits=_MOST_DIGITS):
                raise NotHttpError("the answer has no sound Content-Length")
            self._left = int(value)
        elif name == b"transfer-encoding":
            self._is_chunked = value.endswith(b"chunked")
        elif name == b"connection":
            self.is_last = value == b"close" or (self.is_last and value != b"keep-alive")

    def _take_body(self, data: bytes) -> None:
        self._keep(data)
        if self._left is None:
            return
        self._left -= len(data)
        if self._left < 0:
            raise NotHttpError("the answer is longer than it says")
        self.is_complete = self._left == 0

    def _take_chunks(self, data: bytes) -> None:
        """Each chunk has its size in hexadecimal, a line end, itself and a line end; one of no size is the last."""
        data = self._tail + data
        self._tail = b""
        while data:
            if self._chunk_left:
                part, data = data[: self._chunk_left], data[self._chunk_left :]
                self._keep(part[:-2] if len(part) == self._chunk_left else part)
                self._chunk_left -= len(part)
                continue
            line, found, rest = data.partition(b"\r\n")
            if not found:
                self._wait_for_more(data)
                return
            data = rest
            size = _chunk_size(line)
            if size == 0:
                self._finish_chunks(data)
                return
            self._chunk_left = size + 2

    def _finish_chunks(self, data: bytes) -> None:
        """Trailers may follow, and an empty line does."""
        if data.startswith(b"\r\n") or _HEAD_END in data:
            self.is_complete = True
        else:
            self._wait_for_more(b"0\r\n" + data)

    def _wait_for_more(self, data: bytes) -> None:
        if len(data) > _MOST_HEAD_BYTES:
            raise NotHttpError("the answer has an unsound chunk")
        self._tail = data

    def _keep(self, data: bytes) -> None:
        if len(self.start) < _KEPT_BYTES:
            self.start += data[: _KEPT_BYTES - len(self.start)]


def _is_number(text: bytes, *, most_digits: int) -> bool:
    return text.isdigit() and len(text) <= most_digits


def _chunk_size(line: bytes) -> int:
    digits = line.split(b";", 1)[0].strip()
    if not digits or len(digits) > _MOST_DIGITS or digits.strip(b"0123456789abcdefABCDEF"):
        raise NotHttpError("the answer has an unsound chunk")
    return int(digits, 16)
