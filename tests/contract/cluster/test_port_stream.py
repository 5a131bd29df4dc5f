"""A stream of the port-forward against a server that ends it: nothing stays open."""

from __future__ import annotations

import base64
import hashlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kubernetes.client import ApiClient, Configuration

from tfk8s.cluster.port_stream import open_stream
from tfk8s.manifest import ObjectRef
from tfk8s.ports.cluster import ClusterIdentity

POD = ObjectRef(api_version="v1", kind="Pod", namespace="serving", name="half")
PORT = 8501
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_GOODBYE = b"\x88\x02" + struct.pack("!H", 1000)


def _agree(connection: socket.socket) -> None:
    """Answer the handshake of a websocket."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(4096)
    key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Protocol: v4.channel.k8s.io\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


@contextmanager
def api_server_that_says_goodbye() -> Iterator[tuple[ApiClient, threading.Event]]:
    """Accepts one stream, and ends it as the API server does when the pod dies; the event: the client hung up."""
    hung_up = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(10)
                _agree(connection)
                connection.sendall(_GOODBYE)
                while connection.recv(4096):
                    pass
                hung_up.set()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield ApiClient(Configuration(host=f"http://127.0.0.1:{listener.getsockname()[1]}")), hung_up
        thread.join(15)


def test_a_stream_that_the_server_ends_is_closed_on_this_side_too() -> None:
    identity = ClusterIdentity(context="c", server="http://127.0.0.1")
    with api_server_that_says_goodbye() as (client, hung_up):
        stream = open_stream(client, POD, port=PORT, identity=identity)

        ended = stream.socket(PORT).recv(1)
        closed = hung_up.wait(10)
        stream.close()

    assert ended == b""
    assert closed
