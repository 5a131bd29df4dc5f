"""A stream of the port-forward against a server that ends it: nothing stays open."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kubernetes.client import ApiClient, Configuration

from tests.testbed.certificates import Certificate, authority, server_certificate
from tfk8s.cluster.direct import open_endpoint
from tfk8s.cluster.port_stream import open_stream
from tfk8s.errors import PreconditionError
from tfk8s.manifest import ObjectRef
from tfk8s.ports import ClusterEndpoint
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
def api_server_that_says_goodbye(tls: Certificate | None = None) -> Iterator[tuple[str, threading.Event]]:
    """Accepts one stream, and ends it as the API server does when the pod dies; the event: the client hung up."""
    hung_up = threading.Event()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if tls is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            accepted, _ = listener.accept()
            try:
                connection = accepted if tls is None else context.wrap_socket(accepted, server_side=True)
            except ssl.SSLError:  # the client trusts somebody else
                return
            with connection:
                connection.settimeout(60)
                _agree(connection)
                connection.sendall(_GOODBYE)
                while connection.recv(4096):
                    pass
                hung_up.set()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{listener.getsockname()[1]}", hung_up
        thread.join(60)


def test_a_stream_that_the_server_ends_is_closed_on_this_side_too() -> None:
    identity = ClusterIdentity(context="c", server="http://127.0.0.1")
    with api_server_that_says_goodbye() as (server, hung_up):
        stream = open_stream(ApiClient(Configuration(host=server)), POD, port=PORT, identity=identity)

        ended = stream.socket(PORT).recv(1)
        closed = hung_up.wait(60)
        stream.close()

    assert ended == b""
    assert closed


def direct(server: str, trusted: Certificate) -> ApiClient:
    pem = trusted.certificate.read_bytes()
    endpoint = ClusterEndpoint(server=server, ca_certificate=pem, token=lambda: "t")
    return open_endpoint(endpoint, context="gke").client


def test_a_stream_of_a_cluster_without_a_kubeconfig_trusts_its_authority_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = authority(tmp_path / "ours", name="ours")
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    identity = ClusterIdentity(context="gke", server="https://127.0.0.1")
    with api_server_that_says_goodbye(server_certificate(ours, names=["127.0.0.1"])) as (server, _):
        stream = open_stream(direct(server, ours), POD, port=PORT, identity=identity)
        left = list(folder.iterdir())
        ended = stream.socket(PORT).recv(1)
        stream.close()

    assert ended == b""
    assert left == []


def test_a_stream_to_a_server_of_another_authority_is_not_opened(tmp_path: Path) -> None:
    ours, other = authority(tmp_path / "ours", name="ours"), authority(tmp_path / "other", name="other")
    identity = ClusterIdentity(context="gke", server="https://127.0.0.1")
    with (
        api_server_that_says_goodbye(server_certificate(ours, names=["127.0.0.1"])) as (server, _),
        pytest.raises(PreconditionError, match="is not trusted"),
    ):
        open_stream(direct(server, other), POD, port=PORT, identity=identity)
