"""One connection over which requests of a load travel, one after the other; it never blocks."""

from __future__ import annotations

import enum
import os
import socket
import ssl
from dataclasses import dataclass
from typing import Final

from tfk8s.serving.http_answer import HttpAnswerReader, NotHttpError

_CHUNK_BYTES: Final = 64 << 10


class State(enum.Enum):
    """What a connection is doing."""

    CONNECTING = "connecting"
    GREETING = "greeting"  # the handshake of TLS
    IDLE = "idle"
    SENDING = "sending"
    WAITING = "waiting"  # for an answer
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Where connections go.

    Attributes:
        context: `None`: without TLS.
        name: The certificate must be for it.
    """

    family: socket.AddressFamily
    address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
    context: ssl.SSLContext | None
    name: str


class Connection:
    """Opened at once, without waiting; `advance` it when its socket is ready.

    Attributes:
        peer: Where it goes.
        descriptor: Of its socket; the same from beginning to end.
        opened_s: When it was opened, on the clock of whoever did.
        state: What it is doing.
        number: Of the request that it carries; -1 without.
        answer: Of that request.
        failure: Why it ended, in the words of `Errors`; empty where the other side ended it in peace.
        error: The same as an error, where there was one.
    """

    __slots__ = (
        "_pending", "_socket", "answer", "descriptor", "error", "failure", "number", "opened_s", "peer", "state",
    )  # fmt: skip

    def __init__(self, peer: Peer, *, opened_s: float) -> None:
        """Begin to connect."""
        self.opened_s = opened_s
        self.state = State.CONNECTING
        self.number = -1
        self.answer = HttpAnswerReader()
        self.failure = ""
        self.error: OSError | None = None
        self.peer = peer
        self._pending = memoryview(b"")
        self._socket = socket.socket(peer.family, socket.SOCK_STREAM)
        self._socket.settimeout(0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.descriptor = self._socket.fileno()
        self._socket.connect_ex(peer.address)  # the socket tells once it is ready

    @property
    def is_open(self) -> bool:
        """Whether a request can travel, now or after the one before it."""
        return self.state in (State.IDLE, State.SENDING, State.WAITING)

    @property
    def is_settled(self) -> bool:
        """Whether it stands, or has ended."""
        return self.state not in (State.CONNECTING, State.GREETING)

    @property
    def wants_to_write(self) -> bool:
        """Whether it waits for its socket to take more."""
        return self.state in (State.CONNECTING, State.SENDING)

    def carry(self, request: bytes, *, number: int) -> None:
        """Take a request: sent at once on an idle connection, else once it stands."""
        self.number = number
        self.answer = HttpAnswerReader()
        self._pending = memoryview(request)
        if self.state is State.IDLE:
            self.state = State.SENDING
            self.advance()

    def release(self) -> HttpAnswerReader:
        """The whole answer; the connection takes the next request."""
        self.number = -1
        self.state = State.IDLE
        return self.answer

    def close(self, *, failure: str = "", error: OSError | None = None) -> None:
        """End it; the first reason stays."""
        if self.state is not State.CLOSED:
            self.state = State.CLOSED
            self.failure = failure
            # With its traceback it would lead back here, and nothing collects such rings while requests are timed.
            self.error = None if error is None else error.with_traceback(None)
            self._socket.close()

    def advance(self) -> None:
        """Do what can be done without waiting."""
        try:
            if self.state is State.CONNECTING:
                self._finish_connecting()
            if self.state is State.GREETING:
                self._greet()
            if self.state is State.SENDING:
                self._send()
            elif self.state in (State.IDLE, State.WAITING):
                self._receive()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return
        except ssl.SSLError as error:
            self.close(failure="TLS", error=error)
        except OSError as error:
            self.close(failure=failure_of(error), error=error)
        except NotHttpError as error:
            self.close(failure=str(error))

    def _finish_connecting(self) -> None:
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        self._socket.getpeername()  # not yet connected: told as an error
        if self.peer.context is None:
            self._stand()
            return
        self._socket = self.peer.context.wrap_socket(
            self._socket, server_hostname=self.peer.name, do_handshake_on_connect=False
        )
        self.state = State.GREETING

    def _greet(self) -> None:
        assert isinstance(self._socket, ssl.SSLSocket)  # noqa: S101 - wrapped when it was connected
        self._socket.do_handshake()
        self._stand()

    def _stand(self) -> None:
        self.state = State.SENDING if self._pending else State.IDLE

    def _send(self) -> None:
        self._pending = self._pending[self._socket.send(self._pending) :]
        if not self._pending:
            self.state = State.WAITING

    def _receive(self) -> None:
        data = self._socket.recv(_CHUNK_BYTES)
        if self.state is State.IDLE:
            self.close(failure="more than was asked for" if data else "")
        elif data:
            self.answer.feed(data)
            # What TLS has taken from the network already is not told by the system again.
            if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
                self._receive()
        elif not self.answer.end():
            self.close(failure="connection closed")


def failure_of(error: OSError) -> str:
    """The kind of a failure of the network, in words that are the same on every system."""
    match error:
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionResetError() | BrokenPipeError():
            return "connection reset"
        case TimeoutError():
            return "timeout"
        case _:
            return (error.strerror or str(error)).lower()
