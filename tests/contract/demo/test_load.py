"""The load that proves "no request was lost" notices a request that is lost, and keeps its bounds."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.demo.load import Bounds, Load, rest, running

pytestmark = pytest.mark.contract


@contextmanager
def _server(*, failing: int = 0) -> Iterator[str]:
    """Answers every POST; each `failing`-th is refused, and the one after it is cut off without an answer."""
    numbers = iter(range(1, 1_000_000))
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with lock:
                number = next(numbers)
            self.rfile.read(int(self.headers["Content-Length"]))
            if failing and number % failing == 1 and number > 1:
                self.close_connection = True
                return
            self.send_response(503 if failing and number % failing == 0 else 200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _run(load: Load, *, timeout_s: float = 60.0) -> Load:
    load.start()
    deadline = time.monotonic() + timeout_s
    while load.is_running() and time.monotonic() < deadline:
        time.sleep(0.02)
    load.stop()
    return load


def test_every_request_is_counted_and_the_bound_on_their_number_holds() -> None:
    with _server() as url:
        load = _run(Load(rest(url, b"{}"), bounds=Bounds(seconds=60, requests=40, workers=4)))

    assert (load.answered, load.failures) == (40, [])


def test_refused_and_cut_off_requests_are_failures() -> None:
    with _server(failing=10) as url:
        load = _run(Load(rest(url, b"{}"), bounds=Bounds(seconds=60, requests=39, workers=1)))

    reasons = [failure.reason for failure in load.failures]
    assert load.answered == 33
    assert sum("HTTP 503" in reason for reason in reasons) == 3
    assert len(reasons) == 6


def test_nobody_listening_is_a_failure() -> None:
    with _server() as url:
        pass

    load = _run(Load(rest(url, b"{}"), bounds=Bounds(seconds=60, requests=3, workers=1)))

    assert len(load.failures) == 3


def test_an_answer_that_is_not_http_is_a_failure_as_any_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer_with_settings() -> None:
            taken, _ = listening.accept()
            with taken:
                taken.recv(65536)
                taken.sendall(b"\0\0\6\4\0\0\0\0\0\0\5\0\0\x40\0\r\n")  # what a server of gRPC says first

        thread = threading.Thread(target=answer_with_settings, daemon=True)
        thread.start()
        ask = rest(f"http://127.0.0.1:{listening.getsockname()[1]}/", b"{}", timeout_s=60)
        with pytest.raises(OSError, match="no answer over HTTP: BadStatusLine"):
            ask()
        thread.join(60)


@pytest.mark.timed
def test_a_rate_is_kept_and_the_bound_on_the_time_holds() -> None:
    with _server() as url:
        started = time.monotonic()
        load = _run(Load(rest(url, b"{}"), bounds=Bounds(seconds=1.0, requests=1000, workers=2, rate_per_s=20)))

    assert time.monotonic() - started < 5
    assert 15 <= load.answered <= 21


def test_an_open_load_counts_the_time_that_a_request_waited_to_leave() -> None:
    def slow() -> None:
        time.sleep(0.1)

    load = _run(Load(slow, bounds=Bounds(seconds=60, requests=10, workers=1, rate_per_s=100)))

    assert load.percentile_s(100) > 0.5


@pytest.mark.timed
def test_stopping_ends_a_load_at_once() -> None:
    load = Load(lambda: None, bounds=Bounds(seconds=60, requests=1000, workers=2, rate_per_s=1))

    with running(load):
        started = time.monotonic()

    assert time.monotonic() - started < 2
    assert not load.is_running()


@pytest.mark.parametrize("url", ["http://example.test/", "http://10.0.0.1:8501/", "http://localhost/"])
def test_no_other_address_is_ever_asked(url: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 alone"):
        rest(url, b"{}")
