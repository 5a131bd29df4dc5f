"""Clients as users have them: new and kept REST connections, and gRPC. None of them asks twice."""

from __future__ import annotations

import http.client
import json
import math
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from typing_extensions import Self

from tests.demo.load import LOOPBACK, Bounds, Load, rest, running
from tfk8s.ports import ByLabel, Endpoint, Latest, PredictRequest, Rows, Target
from tfk8s.serving.connect import ModelServerClients, Timeouts

REQUEST_S = 10.0
"""A request that takes longer counts as lost."""

KEPT_S = 10.0
"""How long a client keeps a connection: below every grace period, as docs/rendering.md asks of clients."""

NEW, KEPT, FOREVER, GRPC = "REST, new", "REST, kept 10 s", "REST, kept for ever", "gRPC"
_QUESTION = b'{"instances": [2.0]}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a model answers: ports of 127.0.0.1, its name, and a label when requests name one."""

    rest_port: int
    grpc_port: int
    model: str
    label: str | None = None

    @property
    def path(self) -> str:
        """Of a prediction over REST."""
        label = f"/labels/{self.label}" if self.label else ""
        return f"/v1/models/{self.model}{label}:predict"

    @property
    def target(self) -> Target:
        """Of a prediction over gRPC."""
        return ByLabel(label=self.label) if self.label else Latest()


@dataclass(frozen=True, kw_only=True)
class KeptRest:
    """REST over connections that are used again: one for each thread, renewed when they are older than `age_s`.

    Before it is used again a connection is looked at, as the pool of every HTTP library does: one that the server
    closed meanwhile is replaced. A request that has left is never sent again.
    """

    port: int
    path: str
    age_s: float
    body: bytes = _QUESTION
    timeout_s: float = REQUEST_S
    _own: threading.local = field(default_factory=threading.local)
    _open: set[http.client.HTTPConnection] = field(default_factory=set)

    def __enter__(self) -> Self:
        """Nothing is connected yet."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close every connection; no thread may ask any more."""
        for connection in self._open:
            connection.close()
        self._open.clear()

    def __call__(self) -> None:
        """Ask once.

        Raises:
            OSError: no answer, or one that is no prediction.
        """
        connection = self._connection()
        try:
            connection.request("POST", self.path, self.body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._close()
            raise
        if answer.will_close:
            self._close()
        if answer.status != http.HTTPStatus.OK or "predictions" not in json.loads(content):
            raise OSError(f"HTTP {answer.status}: {content[:200]!r}")

    def _connection(self) -> http.client.HTTPConnection:
        held: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if held is not None and (time.monotonic() - self._own.since > self.age_s or _is_dropped(held)):
            self._close()
            held = None
        if held is None:
            held = http.client.HTTPConnection(LOOPBACK, self.port, timeout=self.timeout_s)
            self._own.connection, self._own.since = held, time.monotonic()
            self._open.add(held)
        return held

    def _close(self) -> None:
        self._own.connection.close()
        self._open.discard(self._own.connection)
        self._own.connection = None


def _is_dropped(connection: http.client.HTTPConnection) -> bool:
    if connection.sock is None:
        return True
    readable, _, _ = select.select([connection.sock], [], [], 0)
    return bool(readable)  # nothing is asked, so what there is to read is the end


@contextmanager
def clients(address: Address, *, bounds: Bounds) -> Iterator[dict[str, Load]]:
    """Every kind of client at once, each with these bounds, while the body runs."""
    endpoint = Endpoint(transport="grpc", host=LOOPBACK, port=address.grpc_port, how="node port")
    makes = ModelServerClients(timeouts=Timeouts(connect_s=REQUEST_S, total_s=REQUEST_S))
    with ExitStack() as stack, makes.connect(endpoint) as server:
        signature = server.metadata(address.model, target=address.target).signatures[0]
        request = PredictRequest(
            model=address.model, signature=signature, body=Rows(instances=[2.0]), target=address.target
        )
        url = f"http://{LOOPBACK}:{address.rest_port}{address.path}"
        kept = stack.enter_context(KeptRest(port=address.rest_port, path=address.path, age_s=KEPT_S))
        forever = stack.enter_context(KeptRest(port=address.rest_port, path=address.path, age_s=math.inf))
        asking: dict[str, Callable[[], object]] = {
            NEW: rest(url, _QUESTION, timeout_s=REQUEST_S),
            KEPT: kept,
            FOREVER: forever,
            GRPC: lambda: server.predict(request),
        }
        loads = {name: Load(ask, bounds=bounds) for name, ask in asking.items()}
        with ExitStack() as started:
            for load in loads.values():
                started.enter_context(running(load))
            yield loads
