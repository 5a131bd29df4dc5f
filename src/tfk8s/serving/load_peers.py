"""Addresses behind the host of an endpoint, and what is said when none of them can be reached."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from tfk8s.ports import Endpoint, ServerUnreachableError, ServerUntrustedError
from tfk8s.serving.load_connection import Peer


def find_peers(endpoint: Endpoint, *, ca_file: Path | None = None) -> tuple[Peer, ...]:
    """All addresses of the host that take a connection now: those of a headless Service are its pods.

    Raises:
        ServerUnreachableError: the host is not known, or nobody listens at any of its addresses.
    """
    try:
        found = socket.getaddrinfo(endpoint.dialed, endpoint.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise unreachable(endpoint, error=error, within_s=0) from error
    context = None
    if endpoint.scheme == "https":
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file is not None else None)
    peers = {entry[4]: Peer(family=entry[0], address=entry[4], context=context, name=endpoint.host) for entry in found}
    return tuple(peers.values())


def unreachable(endpoint: Endpoint, *, error: OSError | None, within_s: float) -> ServerUnreachableError:
    """No connection can be made."""
    where = f"the model server at {endpoint.url} ({endpoint.how})"
    if isinstance(error, ssl.SSLError):
        return ServerUntrustedError(
            f"{where} cannot be asked over TLS: {error.reason or error}",
            hint="with a certificate authority of your own give --ca-file; else look at the certificate's names",
        )
    why = f"no connection within {within_s:g} s" if error is None else (error.strerror or str(error)).lower()
    return ServerUnreachableError(
        f"{where} cannot be reached: {why}",
        hint="check that it runs and that this is its REST port (8501 unless changed; gRPC needs --protocol grpc)",
    )
