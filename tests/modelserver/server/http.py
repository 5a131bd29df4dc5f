"""A small HTTP/1.1 server: threads, keep-alive, nothing else. Python's own spends a millisecond on each header."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MAX_HEADERS: Final = 200
_MAX_LINE_BYTES: Final = 65536
_BACKLOG: Final = 512
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; `path` is without query string."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class ProtocolError(Exception):
    """What came over the connection is not HTTP."""


def serve(port: int, handle: Callable[[Request], Response], *, threads: int) -> None:
    """Listens on every address and returns; connections are many, requests handled at once at most `threads`.

    Raises:
        OSError: when the port cannot be had.
    """
    listener = socket.create_server(("0.0.0.0", port), backlog=_BACKLOG)  # noqa: S104 - as the real server does
    slots = threading.BoundedSemaphore(threads)
    threading.Thread(target=_accept, args=(listener, handle, slots), name="http-accept", daemon=True).start()


def _accept(listener: socket.socket, handle: Callable[[Request], Response], slots: threading.BoundedSemaphore) -> None:
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_converse, args=(connection, handle, slots), daemon=True).start()


def _converse(
    connection: socket.socket, handle: Callable[[Request], Response], slots: threading.BoundedSemaphore
) -> None:
    with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
        while True:
            try:
                request = _read(stream, connection)
            except ProtocolError:
                connection.sendall(_encode(Response(status=400, body=b"", content_type="text/plain"), keep=False))
                return
            if request is None:
                return
            with slots:
                response = handle(request)
            keep = request.headers.get("connection", "").lower() != "close"
            connection.sendall(_encode(response, keep=keep, head=request.method == "HEAD"))
            if not keep:
                return


def _read(stream: IO[bytes], connection: socket.socket) -> Request | None:
    line = stream.readline(_MAX_LINE_BYTES)
    if not line:
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise ProtocolError(line)
    headers = _read_headers(stream)
    if parts[2] == "HTTP/1.0":
        headers.setdefault("connection", "close")
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = _read_body(stream, headers)
    return Request(method=parts[0], path=urlsplit(parts[1]).path, headers=headers, body=body)


def _read_headers(stream: IO[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(_MAX_HEADERS):
        line = stream.readline(_MAX_LINE_BYTES)
        if line in {b"\r\n", b"\n"}:
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise ProtocolError(line)
        headers[name.strip().lower()] = value.strip()
    raise ProtocolError(headers)


def _read_body(stream: IO[bytes], headers: Mapping[str, str]) -> bytes:
    try:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = _read_chunks(stream)
        else:
            body = stream.read(int(headers.get("content-length", "0")))
        return gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
    except (ValueError, EOFError, gzip.BadGzipFile) as error:
        raise ProtocolError(error) from error


def _read_chunks(stream: IO[bytes]) -> bytes:
    body = bytearray()
    while size := int(stream.readline(_MAX_LINE_BYTES).split(b";")[0], 16):
        body += stream.read(size)
        stream.readline(_MAX_LINE_BYTES)
    while stream.readline(_MAX_LINE_BYTES).strip():
        pass  # trailers
    return bytes(body)


def _encode(response: Response, *, keep: bool, head: bool = False) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Status')}"]
    lines.append(f"Content-Type: {response.content_type}")
    lines.extend(f"{name}: {value}" for name, value in response.headers.items())
    lines.append(f"Content-Length: {len(response.body)}")
    if not keep:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (b"" if head else response.body)
