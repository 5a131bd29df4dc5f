"""A client of what stands before a service: it connects to the address that was given, and asks under a host name.

Like a browser whose DNS has the name; no name is looked up.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import grpc

_TIMEOUT_S = 60.0
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> object:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """One address.

    Attributes:
        address: of the gateway or the load balancer.
        authority: PEM file with who signed the certificate.
    """

    address: str
    authority: Path

    def http(self, host: str, path: str, *, body: object = None) -> Answer:
        """Ask port 80."""
        return _ask(http.client.HTTPConnection(_here(self.address), 80, timeout=_TIMEOUT_S), host, path, body=body)

    def https(self, host: str, path: str, *, body: object = None, shown: Mapping[str, str] = _NOTHING) -> Answer:
        """Ask port 443; the certificate must be good for the host name. `shown` are further headers."""
        connection = _NamedHttps(_here(self.address), host, authority=self.authority)
        return _ask(connection, host, path, body=body, shown=shown)

    def grpc(
        self, host: str, method: str, request: bytes, *, shown: Mapping[str, str] = _NOTHING
    ) -> tuple[grpc.StatusCode, bytes]:
        """Call a method over TLS on port 443 and return the status, and the answer's bytes when it is OK."""
        credentials = grpc.ssl_channel_credentials(self.authority.read_bytes())
        named = (
            ("grpc.ssl_target_name_override", host),
            ("grpc.default_authority", host),
            ("grpc.enable_http_proxy", 0),
        )
        with grpc.secure_channel(f"{_here(self.address)}:443", credentials, options=named) as channel:
            return call(channel, method, request, shown=shown)


def post(url: str, body: object) -> Answer:
    """Ask exactly this URL, over plain HTTP."""
    parts = urlsplit(url)
    assert parts.scheme == "http"
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(_here(parts.hostname), parts.port or 80, timeout=_TIMEOUT_S)
    return _ask(connection, parts.netloc, parts.path, body=body)


def call(
    channel: grpc.Channel, method: str, request: bytes, *, shown: Mapping[str, str] = _NOTHING
) -> tuple[grpc.StatusCode, bytes]:
    """Call a method with bytes as they are; `shown` is metadata."""
    caller = channel.unary_unary(method, request_serializer=_as_it_is, response_deserializer=_as_it_is)
    pending = caller.future(request, timeout=_TIMEOUT_S, metadata=tuple(shown.items()))
    if pending.exception() is not None:
        return pending.code(), b""
    answer = pending.result()
    assert isinstance(answer, bytes)
    return grpc.StatusCode.OK, answer


def _as_it_is(message: bytes) -> bytes:
    return message


class _NamedHttps(http.client.HTTPConnection):
    """HTTPS to an address, whose certificate is asked for and checked by another name."""

    def __init__(self, address: str, name: str, *, authority: Path) -> None:
        super().__init__(address, 443, timeout=_TIMEOUT_S)
        self._name = name
        self._trust = ssl.create_default_context(cafile=str(authority))

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), timeout=_TIMEOUT_S)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self._name)


def _here(address: str) -> str:
    """The address, when it can only be on this machine's own bridges: nothing else is ever asked."""
    assert ipaddress.ip_address(address).is_private, f"{address} is not an address of the testbed"
    return address


def _ask(
    connection: http.client.HTTPConnection,
    host: str,
    path: str,
    *,
    body: object,
    shown: Mapping[str, str] = _NOTHING,
) -> Answer:
    try:
        data = None if body is None else json.dumps(body).encode()
        connection.request("GET" if data is None else "POST", path, body=data, headers={"Host": host, **shown})
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=headers, body=response.read())
    finally:
        connection.close()
