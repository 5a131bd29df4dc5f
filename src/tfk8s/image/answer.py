"""What a registry answers: a status, headers, and a body that is either small or streamed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

from tfk8s.image.challenge import Challenge, parse_challenges

_MESSAGE_LENGTH: Final = 300


class LostError(Exception):
    """The connection could not be made or broke; the same request may work in a moment. Never reaches a user."""


class NoTlsError(Exception):
    """The other side does not speak TLS. Never reaches a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A request's body that is streamed. It can be sent once."""

    size_bytes: int
    pieces: Iterable[bytes]

    def __len__(self) -> int:
        return self.size_bytes

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)


class Exchanger(Protocol):
    """Sends single requests; `tfk8s.image.wire.Wire` is the one that uses the network."""

    def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | Body = b"", is_streamed: bool = False
    ) -> Answer:
        """Send one request and read the answer; with `is_streamed` the body of a success is left to be read.

        Raises:
            LostError: there is no answer.
            NoTlsError: the other side does not speak TLS.
            PreconditionError: its certificate is not trusted.
            RegistryError: the address cannot be used.
        """
        ...

    def close(self) -> None:
        """End the connections."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        status: HTTP's.
        headers: by lower-case name.
        body: all of it, unless it is streamed.
        chunks: the streamed body, once, in pieces of at most 1 MiB; breaks off with `LostError`.
        close: ends a streamed body that is not read to its end.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    chunks: Callable[[], Iterator[bytes]] = field(default=lambda: iter(()), repr=False)
    close: Callable[[], None] = field(default=lambda: None, repr=False)

    @property
    def codes(self) -> frozenset[str]:
        """The error codes of the distribution specification that the body names."""
        return frozenset(entry["code"] for entry in self._errors() if entry.get("code"))

    @property
    def messages(self) -> tuple[str, ...]:
        """What the registry says beside its codes, to be shown and never to be decided on."""
        told = (entry.get("message", "") for entry in self._errors())
        return tuple("".join(filter(str.isprintable, text))[:_MESSAGE_LENGTH] for text in told if text)

    def _errors(self) -> list[dict[str, str]]:
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return []
        errors = document.get("errors") if isinstance(document, dict) else None
        entries = errors if isinstance(errors, list) else []
        return [
            {name: text for name, text in entry.items() if isinstance(text, str)}
            for entry in entries
            if isinstance(entry, dict)
        ]

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        """The ways to log in that the registry offers."""
        return parse_challenges(self.headers.get("www-authenticate", ""))

    def retry_after_s(self, *, now: datetime) -> float | None:
        """How long the registry asks to wait; None when it does not say."""
        text = self.headers.get("retry-after", "").strip()
        if text.isdecimal():
            return float(text)
        try:
            return max((parsedate_to_datetime(text) - now).total_seconds(), 0.0)
        except (TypeError, ValueError):
            return None

    @property
    def received_bytes(self) -> int | None:
        """How much of an upload the registry has, from the header `Range: 0-<last>`; None when it does not say.

        `0-0` stands for nothing: distribution writes it for an upload without a byte.
        """
        first, dash, last = self.headers.get("range", "").removeprefix("bytes=").partition("-")
        if not dash or first.strip() != "0" or not last.strip().isdecimal():
            return None
        return int(last) + 1 if int(last) else 0
