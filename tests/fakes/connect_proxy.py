"""An HTTPS proxy on loopback that leads chosen host names to servers of the tests, and refuses every other host.

A program under test that is given it as HTTPS_PROXY speaks TLS with the real name from end to end, and can reach
nothing else.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_HEAD_BYTES = 8192
_IDLE_S = 120.0


@dataclass
class ConnectProxy:
    """What the proxy was asked for.

    Attributes:
        routes: `host:port` as it is asked for, to the address of the server that answers for it.
        asked: every `host:port`, in order, refused ones among them.
    """

    routes: Mapping[str, tuple[str, int]]
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """For HTTPS_PROXY."""
        return f"http://127.0.0.1:{self.port}"

    def refused(self) -> tuple[str, ...]:
        """Hosts that were asked for and do not exist here."""
        return tuple(target for target in self.asked if target not in self.routes)


@contextmanager
def connect_proxy(routes: Mapping[str, tuple[str, int]]) -> Iterator[ConnectProxy]:
    """Serve CONNECT requests until the end of the block."""
    proxy = ConnectProxy(routes=routes)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy.port = listener.getsockname()[1]
        accepting = threading.Thread(target=_accept, args=(listener, proxy), daemon=True)
        accepting.start()
        try:
            yield proxy
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join(60)


def _accept(listener: socket.socket, proxy: ConnectProxy) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, proxy), daemon=True).start()


def _serve(client: socket.socket, proxy: ConnectProxy) -> None:
    with client, suppress(OSError):
        client.settimeout(_IDLE_S)
        target = _target(client)
        proxy.asked.append(target)
        address = proxy.routes.get(target)
        if address is None:
            client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(address, timeout=60) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _relay(client, server)


def _target(client: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _HEAD_BYTES:
        piece = client.recv(1024)
        if not piece:
            break
        head += piece
    method, _, rest = head.partition(b" ")
    return rest.partition(b" ")[0].decode("ascii", "replace") if method == b"CONNECT" else f"({head[:40]!r})"


def _relay(one: socket.socket, other: socket.socket) -> None:
    ends = {one: other, other: one}
    while True:
        ready, _, _ = select.select(list(ends), [], [], _IDLE_S)
        if not ready:
            return
        for source in ready:
            data = source.recv(1 << 16)
            if not data:
                return
            ends[source].sendall(data)
