"""Requests that are sent when they are due, over gRPC."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

import grpc
import pytest

from tests.ports import free_port
from tfk8s.load import NO_FREE_CONNECTION, Outcome, Phase, schedule
from tfk8s.ports import Endpoint, ServerUnreachableError
from tfk8s.ports.load import LoadLimits, LoadRequest
from tfk8s.serving.grpc_client import PREDICT_METHOD
from tfk8s.serving.load import LoadClients

pytestmark = pytest.mark.contract

ONE = LoadRequest(transport="grpc", path=PREDICT_METHOD, body=b"one")
TWO = LoadRequest(transport="grpc", path=PREDICT_METHOD, body=b"two")


@dataclass
class Served:
    """What a server was asked: the bytes, when, and by which connection."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)


@contextmanager
def grpc_server(act: Callable[[grpc.ServicerContext], None] = lambda _: None, *, workers: int = 40) -> Iterator[Served]:
    made = Served()

    def predict(request: bytes, context: grpc.ServicerContext) -> bytes:
        made.bodies.append(request)
        made.at_s.append(time.perf_counter())
        made.peers.append(context.peer())
        act(context)
        return b""

    method = grpc.unary_unary_rpc_method_handler(predict)
    handler = grpc.method_handlers_generic_handler("tensorflow.serving.PredictionService", {"Predict": method})
    with futures.ThreadPoolExecutor(max_workers=workers) as pool:
        server = grpc.server(pool, handlers=[handler])
        made.port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield made
        finally:
            server.stop(None).wait(timeout=30)


def send(port: int, *, rps: float = 50, seconds: float = 1.0, limits: LoadLimits | None = None) -> Sequence[Outcome]:
    endpoint = Endpoint(transport="grpc", host="127.0.0.1", port=port, how="test")
    with LoadClients().connect(endpoint, limits=limits) as made:
        return made.send([ONE, TWO], schedule=schedule([Phase(rps=rps, seconds=seconds)]))


def _wait(over: threading.Event) -> None:
    over.wait(60)


def kinds(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return dict(Counter(outcome.failure or "answered" for outcome in outcomes))


@pytest.mark.timed
def test_every_request_is_sent_once_when_it_is_due() -> None:
    with grpc_server() as server:
        outcomes = send(server.port, rps=100)

    assert kinds(outcomes) == {"answered": 100}
    assert Counter(server.bodies) == {b"one": 50, b"two": 50}
    arrived = sorted(server.at_s)
    assert median(abs(at_s - arrived[0] - at * 0.01) for at, at_s in enumerate(arrived)) < 0.03


@pytest.mark.timed
def test_slow_answers_hold_back_no_request_and_their_time_is_told() -> None:
    with grpc_server(lambda _: time.sleep(0.5)) as server:
        outcomes = send(server.port, rps=40, seconds=0.5)

    assert kinds(outcomes) == {"answered": 20}
    assert max(server.at_s) - min(server.at_s) < 0.95
    assert 0.5 <= median(outcome.latency_s for outcome in outcomes) < 0.8


def test_requests_beyond_the_bound_are_counted_and_never_sent() -> None:
    with grpc_server(lambda _: time.sleep(4.0)) as server:
        outcomes = send(server.port, rps=20, limits=LoadLimits(connections=3))

    assert kinds(outcomes) == {"answered": 3, NO_FREE_CONNECTION: 17}
    assert len(server.bodies) == 3


def test_all_channels_are_used_and_kept() -> None:
    with grpc_server() as server:
        send(server.port, rps=40, limits=LoadLimits(channels=4))

    assert [*Counter(server.peers).values()] == [10] * 4


def test_channels_that_are_old_are_replaced_without_a_failure() -> None:
    with grpc_server(lambda _: time.sleep(0.1)) as server:
        outcomes = send(server.port, rps=20, limits=LoadLimits(channels=2, renew_s=0.1))

    assert kinds(outcomes) == {"answered": 20}
    assert len(set(server.peers)) >= 5


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_failures_are_told_by_the_name_of_their_status(code: grpc.StatusCode) -> None:
    with grpc_server(lambda context: context.abort(code, "no")) as server:
        assert kinds(send(server.port, rps=10)) == {code.name: 10}


def test_no_answer_in_time_is_a_timeout_and_one_that_the_server_gave_up_is_not() -> None:
    over = threading.Event()
    with grpc_server(lambda _: _wait(over)) as server:
        try:
            assert kinds(send(server.port, rps=10, seconds=0.5, limits=LoadLimits(answer_s=0.4))) == {"timeout": 5}
        finally:
            over.set()
    with grpc_server(lambda context: context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "I gave up")) as server:
        assert kinds(send(server.port, rps=10, seconds=0.5)) == {"DEADLINE_EXCEEDED": 5}


def test_nobody_there_is_an_error_before_anything_is_timed() -> None:
    with pytest.raises(ServerUnreachableError, match="no connection within 1 s"):
        send(free_port(), limits=LoadLimits(connect_s=1.0))


def test_ctrl_c_ends_it_at_once() -> None:
    def act(_: grpc.ServicerContext) -> None:
        if len(server.bodies) == 4:
            signal.raise_signal(signal.SIGINT)
        time.sleep(3.0)

    begun_s = time.monotonic()
    with grpc_server(act, workers=4) as server, pytest.raises(KeyboardInterrupt):
        send(server.port, rps=20, seconds=60, limits=LoadLimits(connections=4, answer_s=60))

    assert time.monotonic() - begun_s < 15
