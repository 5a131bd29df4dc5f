"""Servers that answer without end, or far more than was asked for: the client ends, in time and in little memory."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager

import grpc
import pytest

from tests.contract.serving.test_failures import ask, endpoint
from tests.fuzz.guard import run_guarded
from tfk8s.errors import PredictionError
from tfk8s.model.wire import varint
from tfk8s.ports import Transport
from tfk8s.serving.connect import Timeouts
from tfk8s.serving.metrics import PrometheusMetrics

pytestmark = pytest.mark.contract

MIB = 1 << 20
PATIENT = Timeouts(connect_s=20, total_s=60)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNK = b"10000\r\n" + b" " * (1 << 16) + b"\r\n"


@contextmanager
def endless_server(first: bytes, again: bytes) -> Iterator[int]:
    """Says `first`, and `again` for as long as the other side listens."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.sendall(first)
                    while True:
                        connection.sendall(again)
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=60)


@contextmanager
def grpc_server(answer: bytes) -> Iterator[int]:
    """Answers every prediction with these bytes."""
    answering = grpc.method_handlers_generic_handler(
        "tensorflow.serving.PredictionService",
        {"Predict": grpc.unary_unary_rpc_method_handler(lambda *_: answer)},
    )
    options = [("grpc.max_send_message_length", -1)]
    with futures.ThreadPoolExecutor(max_workers=1) as pool:
        server = grpc.server(pool, handlers=[answering], options=options)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(None).wait(timeout=60)


def refused(port: int, transport: Transport = "rest") -> str:
    """What the client says, within the bounds that hold for every input."""
    told: list[str] = []

    def question(data: bytes) -> None:
        try:
            ask(endpoint(port, transport), timeouts=PATIENT)
        except PredictionError as error:
            told.append(f"{error.message}; {error.hint}")
            raise

    started = time.monotonic()
    run_guarded(question, b"")
    assert time.monotonic() - started < PATIENT.total_s
    return told[0]


def test_a_body_without_end_is_given_up() -> None:
    with endless_server(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK) as port:
        assert "is longer than 32 MiB and was not read to its end" in refused(port)


def test_a_body_without_end_and_without_a_length_is_given_up() -> None:
    with endless_server(HEAD + b"\r\n", b"[" * (1 << 16)) as port:
        assert "is longer than 32 MiB" in refused(port)


def test_headers_without_end_are_given_up() -> None:
    with endless_server(HEAD, b"X-More: yes\r\n" * 100) as port:
        assert "got more than 100 headers" in refused(port)


def test_a_header_without_end_is_given_up() -> None:
    with endless_server(HEAD + b"X-Long: ", b"x" * (1 << 16)) as port:
        assert "cannot be reached" in refused(port)


def test_metrics_without_end_are_given_up() -> None:
    def question(data: bytes) -> None:
        with pytest.raises(PredictionError, match="is longer than 8 MiB"):
            PrometheusMetrics(timeouts=PATIENT).read(endpoint(port), path="/metrics", model="m")

    with endless_server(HEAD + b"\r\n", b'a{b="c"} 1\n' * 1000) as port:
        run_guarded(question, b"")


def test_a_message_above_the_limit_is_not_received() -> None:
    with grpc_server(bytes(33 * MIB)) as port:
        assert "larger than max" in refused(port, "grpc")


def test_a_message_of_millions_of_parts_is_not_decoded() -> None:
    parts = b"\x12\x00" * (4 * MIB)
    tensor = b"\x0a\x01y\x12" + varint(len(parts) + 1 + len(varint(len(parts)))) + b"\x12" + varint(len(parts)) + parts
    answer = b"\x0a" + varint(len(tensor)) + tensor

    with grpc_server(answer) as port:
        assert "holds more parts than 128 MiB of memory can hold" in refused(port, "grpc")


def test_a_message_that_is_none_is_told_as_such() -> None:
    with grpc_server(b"\xff\xff\xff") as port:
        assert "cannot be decoded" in refused(port, "grpc")
