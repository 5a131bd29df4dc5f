"""The proxy that stands between a program under test and the world leads where it was told, and nowhere else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
from requests.exceptions import ProxyError

from tests.fakes.connect_proxy import connect_proxy


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the standard library
        del format, args


@pytest.fixture
def server() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), _Hello) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield http.server_port
        http.shutdown()
        thread.join(5)


def test_a_host_that_is_not_named_cannot_be_reached(server: int) -> None:
    with connect_proxy({"pkg.dev:443": ("127.0.0.1", server)}) as proxy, requests.Session() as session:
        session.proxies = {"https": proxy.url}
        with pytest.raises(ProxyError):
            session.get("https://elsewhere.example/", timeout=60)

    assert proxy.refused() == ("elsewhere.example:443",)


def test_bytes_pass_to_the_server_of_a_named_host(server: int) -> None:
    with (
        connect_proxy({"pkg.dev:443": ("127.0.0.1", server)}) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=60) as client,
    ):
        client.sendall(b"CONNECT pkg.dev:443 HTTP/1.1\r\nHost: pkg.dev:443\r\n\r\n")
        agreed = client.recv(1024)
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b""
        while piece := client.recv(1024):
            answer += piece

    assert agreed.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"hello")
    assert proxy.refused() == ()
