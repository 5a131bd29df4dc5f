"""Small servers on loopback that behave as a gateway, a broken server, or a server with a limit."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc

from tests.fakes.background import in_background


@contextmanager
def http_server(*, status: int, body: bytes, headers: dict[str, str] | None = None) -> Iterator[int]:
    """Answers everything alike; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            del format, args

        def _answer(self) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with in_background(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield port


@contextmanager
def raw_server(*, first: bytes = b"", then_every_s: tuple[float, bytes] | None = None) -> Iterator[int]:
    """Takes connections, says `first`, and then nothing, or a little again and again."""
    stop = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.sendall(first)
            while not stop.wait(then_every_s[0] if then_every_s else 0.05):
                if then_every_s:
                    try:
                        connection.sendall(then_every_s[1])
                    except OSError:
                        return

    def accept() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=serve, args=(connection,))
            threads.append(thread)
            thread.start()

    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            listener.shutdown(socket.SHUT_RDWR)
            for thread in (acceptor, *threads):
                thread.join(timeout=60)


@contextmanager
def grpc_server(*, code: grpc.StatusCode, details: str, max_receive_bytes: int = -1) -> Iterator[int]:
    """Refuses every prediction."""

    refusing = grpc.method_handlers_generic_handler(
        "tensorflow.serving.PredictionService",
        {"Predict": grpc.unary_unary_rpc_method_handler(lambda _, context: context.abort(code, details))},
    )
    with futures.ThreadPoolExecutor(max_workers=2) as pool:
        server = grpc.server(
            pool, handlers=[refusing], options=[("grpc.max_receive_message_length", max_receive_bytes)]
        )
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(None).wait(timeout=60)
