"""What measuring a service under load needs of the room that speaks with model servers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from tfk8s.load.outcome import Outcome
from tfk8s.ports.reach import Endpoint, Transport
from tfk8s.ports.serving import PredictRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """A question as it travels, encoded once and sent many times.

    Attributes:
        path: Of the URL over REST, without the endpoint's prefix; the method's path over gRPC.
        body: JSON over REST, the message over gRPC.
    """

    transport: Transport
    path: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadLimits:
    """What a sender may take.

    Attributes:
        connections: Over REST, connections, each with one request on its way at most. Over gRPC, requests on their way
            at once, which share `channels`. A request that is due while all are busy is not sent, and counted.
        channels: Connections of gRPC, asked in turn.
        connect_s: Until a connection stands.
        answer_s: From when a request was sent to its answer; then it has failed.
        renew_s: Age at which a connection is replaced by a new one, as clients do that are to find new pods behind a
            Service; `None`: they are kept.
    """

    connections: int = 64
    channels: int = 8
    connect_s: float = 5.0
    answer_s: float = 10.0
    renew_s: float | None = None


class LoadSender(Protocol):
    """Connections to one endpoint, kept from one call to the next. Follows no redirect and asks no other host."""

    def send(self, requests: Sequence[LoadRequest], *, schedule: Sequence[float]) -> Sequence[Outcome]:
        """Send each request when it is due, whatever became of those before it, and wait for the answers.

        Returns after the last answer, `answer_s` after the last request at the latest. KeyboardInterrupt passes
        through at once.

        Args:
            requests: At least one; taken in turn.
            schedule: When they are due, in seconds from now, rising.

        Returns:
            One outcome for each time of the schedule, in its order.

        Raises:
            ServerUnreachableError: No connection can be made before the first request.
            ServerUntrustedError: Its certificate is not trusted.
            PreconditionError: This computer allows no further connections.
        """
        ...


class LoadSenders(Protocol):
    """Makes senders."""

    def encode(self, request: PredictRequest, *, transport: Transport) -> LoadRequest:
        """The bytes that `predict` would send.

        Raises:
            InputError: the body does not fit the signature; nothing was sent.
        """
        ...

    def connect(self, endpoint: Endpoint, *, limits: LoadLimits | None = None) -> AbstractContextManager[LoadSender]:
        """A sender for the endpoint's transport; leaving the context closes its connections."""
        ...
