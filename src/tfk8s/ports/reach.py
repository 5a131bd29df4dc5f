"""Ways from here to a running model server: addresses, and what finds and tries them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from tfk8s.manifest import ObjectRef

Transport: TypeAlias = Literal["rest", "grpc"]
"""How a request travels; also the name of the port of the Service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a client shows to the front: a header, over gRPC metadata. Its value is in no message.

    Attributes:
        header: in lower case, as gRPC wants it.
    """

    header: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where one port of a model server can be reached from here.

    Attributes:
        how: for people: "address of the Service", "port-forward to pod resnet-abc", "--url".
        scheme: of the URL; `https` has TLS ended by something in front of the server.
        address: where to connect in place of looking `host` up; requests and certificates still name `host`.
        credential: shown with each request; only the front of a service is shown any.
    """

    transport: Transport
    host: str
    port: int
    how: str
    scheme: Literal["http", "https"] = "http"
    path: str = ""
    address: str = ""
    credential: Credential | None = None

    @property
    def dialed(self) -> str:
        """The host or address that connections go to."""
        return self.address or self.host

    @property
    def dialed_authority(self) -> str:
        """The same with the port."""
        return _with_port(self.dialed, self.port)

    @property
    def authority(self) -> str:
        """`host:port`, with brackets around an IPv6 address."""
        return _with_port(self.host, self.port)

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end; a path prefix of an ingress is kept."""
        return f"{self.scheme}://{self.authority}{self.path}"


def _with_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class ServiceReach(Protocol):
    """A way from this computer to a Service of the cluster."""

    def open(self, service: ObjectRef, *, transport: Transport) -> AbstractContextManager[Endpoint]:
        """By the Service's address when it has one that can be reached from here, else by a port-forward.

        Raises:
            PreconditionError: no such Service, no ready pod behind it, or the port is not one of its ports.
        """
        ...


class Dialer(Protocol):
    """Tries addresses."""

    def can_connect(self, host: str, port: int) -> bool:
        """Whether a TCP connection can be made within about two seconds; a host that cannot be found is a no."""
        ...
