"""A proxy before a registry that counts what passes, and breaks what it is told to break.

With a certificate it speaks TLS to its clients, and plain HTTP to the registry.
"""

from __future__ import annotations

import http.client
import math
import socket
import ssl
import struct
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.background import in_background
from tests.fakes.traffic import Exchange, Fault, Traffic

if TYPE_CHECKING:
    from tests.testbed.certificates import Certificate

_PIECE: Final = 1 << 16
_TIMEOUT_S: Final = 60.0
_OF_ONE_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "proxy-connection"})
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


class _ClientGoneError(Exception):
    """The connection to the client is to be broken, or is broken."""


@contextmanager
def counting_proxy(upstreams: Mapping[str, int], *, certificate: Certificate | None = None) -> Iterator[Traffic]:
    """Run a proxy on a free port of 127.0.0.1.

    Args:
        upstreams: port on 127.0.0.1 for each start of a path.
        certificate: for TLS; plain HTTP without.
    """
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
    state = Traffic(upstreams=upstreams)
    with in_background(_Server(state, tls=context)) as port:
        state.port = port
        yield state


class _Server(ThreadingHTTPServer):
    def __init__(self, state: Traffic, *, tls: ssl.SSLContext | None) -> None:
        self.state, self.tls = state, tls
        super().__init__(("127.0.0.1", 0), BaseHTTPRequestHandler)  # unused: `finish_request` makes the handlers

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls is None:
            _Handler(request, client_address, self, state=self.state)
            return
        try:
            secured = self.tls.wrap_socket(request, server_side=True)
        except OSError:  # ssl.SSLError among them
            self.state.failed_handshakes += 1
            return
        with secured:
            _Handler(secured, client_address, self, state=self.state)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client may go whenever it likes
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection: requests in, the registry's answers out, unless a fault stands between."""

    protocol_version = "HTTP/1.1"
    timeout = _TIMEOUT_S

    def __init__(self, *connection: Any, state: Traffic) -> None:
        self.state = state
        super().__init__(*connection)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name of the base class
        del format, args

    def _pass(self) -> None:
        fault = self.state.take_fault(self.command, self.path, size_bytes=self._size())
        number = self.state.begin(
            Exchange(
                method=self.command,
                host=self.headers.get("Host", ""),
                path=self.path,
                status=0,
                was_forwarded=fault is None or not fault.status,
                authorization=self.headers.get("Authorization", ""),
            )
        )
        try:
            if fault is not None and fault.status:
                self._answer_for_registry(fault)
                self.state.end(number, status=fault.status)
            else:
                self._forward(number, fault)
        except (_ClientGoneError, ConnectionError, TimeoutError):
            self._break()
        finally:
            self.state.end(number, is_over=True)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815  the names of the base class

    def _answer_for_registry(self, fault: Fault) -> None:
        for _ in self._body():
            pass
        self.send_response(fault.status)
        for name, value in fault.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(fault.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(fault.body)

    def _forward(self, number: int, fault: Fault | None) -> None:
        upstream = http.client.HTTPConnection("127.0.0.1", self.state.upstream(self.path), timeout=_TIMEOUT_S)
        try:
            self._start_request(upstream)
            try:
                self._send_body(upstream, number=number, fault=fault)
            except _ClientGoneError:
                _hang_up(upstream)
                raise
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the registry wants no more of it, and has said why
            with upstream.getresponse() as response:
                if fault is not None and fault.lose_answer:
                    response.read()
                    raise _ClientGoneError
                received = self._relay(response)
                self.state.end(number, status=response.status, received_bytes=received)
        finally:
            upstream.close()

    def _start_request(self, upstream: http.client.HTTPConnection) -> None:
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            is_over = name.lower() == "authorization" and value in self.state.expired
            if name.lower() not in _OF_ONE_HOP and name.lower() != "expect" and not is_over:
                upstream.putheader(name, value)
        if self._is_chunked():
            upstream.putheader("Transfer-Encoding", "chunked")
        is_secure = isinstance(self.connection, ssl.SSLSocket)
        upstream.putheader("X-Forwarded-Proto", "https" if is_secure else "http")
        upstream.endheaders()

    def _send_body(self, upstream: http.client.HTTPConnection, *, number: int, fault: Fault | None) -> None:
        is_chunked, sent = self._is_chunked(), 0

        def send(piece: bytes) -> None:
            nonlocal sent
            if piece:
                upstream.send(_chunk(piece) if is_chunked else piece)
                sent += len(piece)
                self.state.end(number, sent_bytes=sent)

        limit = None if fault is None or fault.lose_answer else fault.after_bytes
        for piece in self._body():
            if limit is None or fault is None or sent + len(piece) <= limit:
                send(piece)
                continue
            kept = limit - sent
            send(piece[:kept])
            if not fault.is_hold:
                raise _ClientGoneError
            fault.reached.set()
            fault.release.wait(_TIMEOUT_S)
            send(piece[kept:])
            limit = None
        if is_chunked:
            upstream.send(b"0\r\n\r\n")

    def _relay(self, response: http.client.HTTPResponse) -> int:
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in _OF_ONE_HOP:
                self.send_header(name, value)
        has_body = self.command != "HEAD" and response.status not in (204, 304)
        is_chunked = has_body and response.getheader("Content-Length") is None
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        received = 0
        while has_body and (piece := response.read(_PIECE)):
            self.wfile.write(_chunk(piece) if is_chunked else piece)
            received += len(piece)
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")
        return received

    def _body(self) -> Iterator[bytes]:
        try:
            yield from self._chunked_body() if self._is_chunked() else self._sized_body(int(self._size()))
        except (OSError, ValueError) as error:
            raise _ClientGoneError from error

    def _chunked_body(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self._exactly(size)
            self.rfile.readline()
        self.rfile.readline()

    def _sized_body(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self._exactly(min(left, _PIECE))
            left -= len(piece)
            yield piece

    def _exactly(self, size_bytes: int) -> bytes:
        piece = self.rfile.read(size_bytes)
        if len(piece) < size_bytes:
            raise _ClientGoneError
        return piece

    def _size(self) -> float:
        return math.inf if self._is_chunked() else int(self.headers.get("Content-Length") or 0)

    def _is_chunked(self) -> bool:
        return "chunked" in self.headers.get("Transfer-Encoding", "").lower()

    def _break(self) -> None:
        self.close_connection = True
        if self.connection.fileno() >= 0:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            self.connection.close()


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _hang_up(upstream: http.client.HTTPConnection) -> None:
    """End our side, and wait until the registry has written down what it got: the next request finds it there."""
    assert upstream.sock is not None
    upstream.sock.shutdown(socket.SHUT_WR)
    while upstream.sock.recv(_PIECE):
        pass
