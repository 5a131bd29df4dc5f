"""The clients of the loss table count what a user's client would lose, and no more."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.demo.load import Bounds, Load, running
from tests.loss import table
from tests.loss.clients import FOREVER, GRPC, KEPT, NEW, KeptRest
from tests.loss.measuring import Lost, Result
from tests.modelserver.running import eventually

pytestmark = pytest.mark.contract

ANSWER = b'{"predictions": [3.0]}'


@dataclass
class Keeper:
    """An HTTP server on loopback that keeps connections; `closes_after` answers it hangs up, `cuts` one request off."""

    port: int = 0
    closes_after: int = 0
    cuts: int = 0
    connections: int = 0
    asked: int = 0
    answered: int = 0
    closed: int = 0

    def serve(self, connection: socket.socket) -> None:
        self.connections += 1
        self._serve(connection)
        self.closed += 1

    def _serve(self, connection: socket.socket) -> None:
        answered = 0
        with connection, connection.makefile("rb") as lines:
            while lines.readline():
                length = 0
                while (line := lines.readline().strip()) and b":" in line:
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                lines.read(length)
                self.asked += 1
                if self.asked == self.cuts:
                    return
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(ANSWER)}\r\n\r\n"
                answered += 1
                self.answered += 1  # before the client can see it
                connection.sendall(head.encode() + ANSWER)
                if answered == self.closes_after:
                    return


@contextmanager
def keeping(keeper: Keeper) -> Iterator[Keeper]:
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(60)
            threads.append(threading.Thread(target=keeper.serve, args=(connection,), daemon=True))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        keeper.port = listener.getsockname()[1]
        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield keeper
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join(timeout=60)


def asking(keeper: Keeper, *, age_s: float = 60.0) -> KeptRest:
    return KeptRest(port=keeper.port, path="/v1/models/m:predict", age_s=age_s, timeout_s=60)


def test_a_kept_connection_is_used_again() -> None:
    with keeping(Keeper()) as keeper, asking(keeper) as ask:
        for _ in range(5):
            ask()

        assert (keeper.connections, keeper.answered) == (1, 5)


def test_a_connection_that_is_too_old_is_replaced() -> None:
    with keeping(Keeper()) as keeper, asking(keeper, age_s=0.0) as ask:
        for _ in range(3):
            ask()

        assert keeper.connections == 3


def test_a_connection_that_the_server_closed_between_requests_is_no_loss() -> None:
    with keeping(Keeper(closes_after=1)) as keeper, asking(keeper) as ask:
        for number in range(1, 4):
            ask()
            eventually(lambda: keeper.closed == number, timeout_s=60)  # noqa: B023  it is over within the loop

        assert (keeper.connections, keeper.answered) == (3, 3)


def test_a_request_that_is_cut_off_is_a_loss_and_not_asked_again() -> None:
    with keeping(Keeper(cuts=6)) as keeper, asking(keeper) as ask:
        load = Load(ask, bounds=Bounds(seconds=60, requests=20, workers=1, rate_per_s=50))
        with running(load):
            eventually(lambda: not load.is_running(), timeout_s=60)

    assert len(load.failures) == 1
    assert (load.answered, keeper.answered, keeper.asked) == (19, 19, 20)
    assert "RemoteDisconnected" in load.failures[0].reason


def test_the_table_shows_each_client_and_one_that_keeps_a_connection_for_ever_is_not_promised() -> None:
    result = Result(
        scenario="pod deleted",
        stage="plain",
        act_s=30.4,
        seconds=36,
        lost=(
            Lost(client=NEW, asked=100, failed=3, slowest_s=0.5),
            Lost(client=KEPT, asked=90, failed=0, slowest_s=1.2345),
            Lost(client=FOREVER, asked=70, failed=2, slowest_s=0.1),
            Lost(client=GRPC, asked=80, failed=1, slowest_s=0.1),
        ),
    )

    assert table.text([result]).splitlines()[-1] == (
        "| pod deleted | plain | 30 s | 3 of 100 | 0 of 90 | 1 of 80 | 2 of 70 | 1234 ms |"
    )
    assert [each.client for each in result.promised] == [NEW, KEPT, GRPC]
