"""Sends requests over REST when they are due: one thread, connections that never block, one place that waits.

Measured at 500 requests a second on loopback against threads with http.client, and aiohttp; see docs/bench.md.
"""

from __future__ import annotations

import select
import selectors
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tfk8s.errors import PreconditionError
from tfk8s.load.outcome import NO_FREE_CONNECTION, Outcome
from tfk8s.ports import Endpoint
from tfk8s.ports.load import LoadLimits, LoadRequest
from tfk8s.serving.http_answer import HttpAnswerReader
from tfk8s.serving.load_connection import Connection, State
from tfk8s.serving.load_peers import find_peers, unreachable
from tfk8s.serving.load_record import Record, no_collection

_PREDICTIONS: Final = (b'"predictions"', b'"outputs"')
"""What answers of the server begin with: https://www.tensorflow.org/tfx/serving/api_rest#predict_api."""

_OK: Final = 200
_USUAL_PORTS: Final = {"http": 80, "https": 443}
_LONGEST_WAIT_S: Final = 1.0
_MOST_SELECTED: Final = 1024
_MOST_IN_TURN: Final = 32
"""Over-due requests that are sent before answers are looked for again."""


class RestSender:
    """`ports.LoadSender` over REST.

    Attributes:
        limits: What it may take.
    """

    def __init__(self, endpoint: Endpoint, *, limits: LoadLimits, ca_file: Path | None = None) -> None:
        """Find out where connections go; none is made yet.

        Raises:
            ServerUnreachableError: the host is not known.
        """
        self._endpoint = endpoint
        self.limits = limits
        self._peers = find_peers(endpoint, ca_file=ca_file)
        self._opened = 0
        self._connections: set[Connection] = set()
        self._idle: deque[Connection] = deque()
        self._selector = selectors.DefaultSelector()
        # epoll counts whole milliseconds, select microseconds: it waits for the one descriptor of the other, if that is
        # low enough for it.
        descriptor = self._selector.fileno() if isinstance(self._selector, selectors.EpollSelector) else _MOST_SELECTED
        self._precise = descriptor if descriptor < _MOST_SELECTED else None

    def close(self) -> None:
        """End all connections."""
        for connection in tuple(self._connections):
            self._drop(connection)
        self._selector.close()

    def send(self, requests: Sequence[LoadRequest], *, schedule: Sequence[float]) -> Sequence[Outcome]:
        """See ports.LoadSender."""
        self._fill()
        run = _Run(self, [self._encoded(request) for request in requests], schedule=schedule)
        try:
            with no_collection():
                run.serve()
        finally:
            for connection in tuple(self._connections):
                if connection.number >= 0:
                    self._drop(connection)
        return run.record.outcomes()

    def free(self) -> Connection | None:
        """A connection for the next request: the one that is idle for the longest, else a new one, within the limit."""
        while self._idle:
            connection = self._idle.popleft()
            if connection.state is State.IDLE and not self._is_old(connection):
                return connection
            self._drop(connection)
        return self._open() if len(self._connections) < self.limits.connections else None

    def keep(self, connection: Connection, *, answer: HttpAnswerReader) -> None:
        """Its answer is whole: make it free, unless the other side is about to close it."""
        if answer.is_last:
            self._drop(connection)
        else:
            self._idle.append(connection)
            self.watch(connection)

    def discard(self, connection: Connection) -> None:
        """It carries nothing any more."""
        self._drop(connection)

    def watch(self, connection: Connection) -> None:
        """Tell the selector what the connection waits for."""
        wanted = selectors.EVENT_WRITE if connection.wants_to_write else selectors.EVENT_READ
        if self._selector.get_key(connection.descriptor).events != wanted:
            self._selector.modify(connection.descriptor, wanted, connection)

    def ready(self, wait_s: float) -> list[Connection]:
        """Connections that can go on; waits for the first, to a fraction of a millisecond."""
        if wait_s > 0 and self._precise is not None:
            select.select([self._precise], [], [], wait_s)
            wait_s = 0
        return [key.data for key, _ in self._selector.select(max(0.0, wait_s))]

    def _is_old(self, connection: Connection) -> bool:
        renew_s = self.limits.renew_s
        return renew_s is not None and time.perf_counter() - connection.opened_s >= renew_s

    def _open(self) -> Connection:
        peer = self._peers[self._opened % len(self._peers)]
        self._opened += 1
        try:
            connection = Connection(peer, opened_s=time.perf_counter())
        except OSError as error:
            raise PreconditionError(
                f"connection {len(self._connections) + 1} cannot be opened: {(error.strerror or str(error)).lower()}",
                hint="lower --connections, or raise the limit of open files: ulimit -n",
            ) from error
        self._connections.add(connection)
        self._selector.register(connection.descriptor, selectors.EVENT_WRITE, connection)
        return connection

    def _drop(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
            self._selector.unregister(connection.descriptor)
            connection.close()

    def _fill(self) -> None:
        """Make all connections before the first request is due, and those again that ended since the last one."""
        self._advance(self.ready(0))
        missing = self.limits.connections - len(self._connections)
        # Each address is tried, however few connections are wanted: the first may be one that nobody listens at.
        opening = [self._open() for _ in range(missing if self._connections else max(missing, len(self._peers)))]
        deadline = time.perf_counter() + self.limits.connect_s
        while any(not connection.is_settled for connection in opening) and time.perf_counter() < deadline:
            self._advance(self.ready(deadline - time.perf_counter()))
        standing = [connection for connection in opening if connection.state is State.IDLE]
        for connection in opening:
            if connection not in standing[:missing]:
                self._drop(connection)
        self._idle.extend(standing[:missing])
        if not self._connections:
            raise unreachable(self._endpoint, error=opening[0].error, within_s=self.limits.connect_s)
        if standing:
            self._peers = tuple(dict.fromkeys(connection.peer for connection in standing))

    def _advance(self, connections: Sequence[Connection]) -> None:
        for connection in connections:
            connection.advance()
            if connection.state is State.CLOSED:
                self._drop(connection)
            else:
                self.watch(connection)

    def _encoded(self, request: LoadRequest) -> bytes:
        endpoint = self._endpoint
        is_usual = endpoint.port == _USUAL_PORTS[endpoint.scheme]
        host = endpoint.host if is_usual and ":" not in endpoint.host else endpoint.authority
        shown = endpoint.credential
        credential = f"{shown.header}: {shown.value}\r\n" if shown is not None else ""
        head = (
            f"POST {endpoint.path}{request.path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: tfk8s\r\n{credential}"
            f"Accept: application/json\r\nContent-Type: application/json\r\nContent-Length: {len(request.body)}\r\n\r\n"
        )
        return head.encode("ascii") + request.body


class _Run:
    """One schedule on the connections of a sender."""

    def __init__(self, sender: RestSender, payloads: Sequence[bytes], *, schedule: Sequence[float]) -> None:
        self._sender = sender
        self._payloads = payloads
        self._answer_s = sender.limits.answer_s
        self._deadlines: deque[tuple[float, int, Connection]] = deque()
        self.record = Record(schedule)

    def serve(self) -> None:
        while self.record.left:
            self._send_due()
            for connection in self._sender.ready(self._wait_s()):
                connection.advance()
                self._settle(connection)
            self._expire()

    def _send_due(self) -> None:
        record = self.record
        for _ in range(_MOST_IN_TURN):
            now_s = record.now_s()
            until_s = record.until_due_s(now_s)
            if until_s is None or until_s > 0:
                return
            connection = self._sender.free()
            if connection is None:
                record.pass_over(NO_FREE_CONNECTION)
                continue
            number = record.take(now_s)
            connection.carry(self._payloads[number % len(self._payloads)], number=number)
            self._deadlines.append((now_s + self._answer_s, number, connection))
            self._settle(connection)

    def _settle(self, connection: Connection) -> None:
        """Take note of what became of a connection and its request."""
        number, answer = connection.number, connection.answer
        if connection.state is State.CLOSED:
            if number >= 0:
                self.record.finish(number, at_s=self.record.now_s(), failure=connection.failure or "connection closed")
            self._sender.discard(connection)
        elif number >= 0 and answer.is_complete:
            self.record.finish(number, at_s=self.record.now_s(), failure=_failure(answer))
            connection.release()
            self._sender.keep(connection, answer=answer)
        else:
            self._sender.watch(connection)

    def _expire(self) -> None:
        """Give up on requests that had their time; all have the same, so the oldest is the first."""
        now_s = self.record.now_s()
        while self._deadlines:
            deadline_s, number, connection = self._deadlines[0]
            if self.record.is_open(number):
                if deadline_s > now_s:
                    return
                connection.close(failure="timeout" if connection.is_open else "connect timeout")
                self._settle(connection)
            self._deadlines.popleft()

    def _wait_s(self) -> float:
        now_s = self.record.now_s()
        until_due_s = self.record.until_due_s(now_s)
        until_deadline_s = self._deadlines[0][0] - now_s if self._deadlines else _LONGEST_WAIT_S
        return min(until_deadline_s, _LONGEST_WAIT_S if until_due_s is None else until_due_s, _LONGEST_WAIT_S)


def _failure(answer: HttpAnswerReader) -> str:
    if answer.status != _OK:
        return f"HTTP {answer.status}"
    return "" if any(word in answer.start for word in _PREDICTIONS) else "HTTP 200 without a prediction"
