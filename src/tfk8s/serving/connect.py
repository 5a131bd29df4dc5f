"""Makes the client that an endpoint needs; each loads its library alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import assert_never

from tfk8s.ports import Endpoint, ModelServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long a request may take: until the connection stands, in all, and for a change of the configuration.

    The last one is answered at once, or hangs for ever (tensorflow/serving#1447, #1565): what it does shows in the
    states of the versions, not in its answer.
    """

    connect_s: float = 5.0
    total_s: float = 120.0
    reload_s: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelServerClients:
    """The real `ports.ModelServers`.

    Attributes:
        ca_file: PEM certificates to trust in place of the usual ones, for https.
    """

    timeouts: Timeouts = field(default_factory=Timeouts)
    ca_file: Path | None = None

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        """See ports.ModelServers."""
        match endpoint.transport:
            case "rest":
                from tfk8s.serving.rest import RestModelServer

                rest = RestModelServer(endpoint, timeouts=self.timeouts, ca_file=self.ca_file)
                try:
                    yield rest
                finally:
                    rest.close()
            case "grpc":
                from tfk8s.serving.grpc_client import GrpcModelServer

                grpc = GrpcModelServer(endpoint, timeouts=self.timeouts, ca_file=self.ca_file)
                try:
                    yield grpc
                finally:
                    grpc.close()
            case _:
                assert_never(endpoint.transport)
