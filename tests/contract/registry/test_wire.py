"""Single requests over real sockets: what `requests` would do by itself and must not, and what it raises."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.ports import free_port
from tfk8s.errors import PreconditionError, RegistryError
from tfk8s.image.answer import Body, LostError, NoTlsError
from tfk8s.image.wire import Wire

pytestmark = pytest.mark.contract


class Server(ThreadingHTTPServer):
    """Answers 200 with a few bytes, and keeps the headers that came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.headers: list[dict[str, str]] = []
        self.status, self.announced, self.body = 200, 5, b"hello"
        self.extra: dict[str, str] = {}
        self.received = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v2/"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def _answer(self) -> None:
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        left = int(self.headers.get("content-length", 0))
        while left and (piece := self.rfile.read(min(left, 1 << 16))):
            left -= len(piece)
            self.server.received += len(piece)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(self.server.announced))
        for name, value in self.server.extra.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)
        self.close_connection = len(self.server.body) != self.server.announced

    do_GET = do_PUT = do_HEAD = _answer  # noqa: N815  the names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(60)


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire(ca_file=None, timeout_s=60)
    yield wire
    wire.close()


def test_no_login_of_netrc_and_no_cookie_is_sent(
    server: Server, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1\nlogin u\npassword hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.extra = {"Set-Cookie": "session=hunter2; Path=/"}

    for _ in range(2):
        wire.exchange("GET", server.url, headers={})

    assert "authorization" not in server.headers[1]
    assert "cookie" not in server.headers[1]


def test_a_proxy_of_the_environment_is_not_asked_for_this_computer(
    server: Server, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert wire.exchange("GET", server.url, headers={}).body == b"hello"


def test_a_redirect_is_an_answer_like_others(server: Server, wire: Wire) -> None:
    server.status, server.extra = 307, {"Location": "http://127.0.0.1:1/"}

    answer = wire.exchange("GET", server.url, headers={})

    assert (answer.status, answer.headers["location"]) == (307, "http://127.0.0.1:1/")


def test_a_streamed_body_says_its_length_and_is_sent_as_it_comes(server: Server, wire: Wire) -> None:
    body = Body(size_bytes=3 << 20, pieces=(bytes(1 << 20) for _ in range(3)))

    wire.exchange("PUT", server.url, headers={}, body=body)

    assert server.received == 3 << 20
    assert server.headers[0]["content-length"] == str(3 << 20)
    assert "transfer-encoding" not in server.headers[0]


def test_an_answer_that_breaks_off_is_noticed(server: Server, wire: Wire) -> None:
    server.announced = 10

    with pytest.raises(LostError):
        wire.exchange("GET", server.url, headers={})
    streamed = wire.exchange("GET", server.url, headers={}, is_streamed=True)
    with pytest.raises(LostError):
        list(streamed.chunks())


def test_a_document_without_end_is_not_read_to_its_end(server: Server, wire: Wire) -> None:
    server.body = bytes(9 << 20)
    server.announced = len(server.body)

    with pytest.raises(RegistryError, match="is longer than 8 MiB"):
        wire.exchange("GET", server.url, headers={})


def test_an_error_of_the_bodys_own_comes_through(server: Server, wire: Wire) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x"
        raise RegistryError("the base broke")

    with pytest.raises(RegistryError, match="the base broke"):
        wire.exchange("PUT", server.url, headers={}, body=Body(size_bytes=10, pieces=pieces()))


def test_a_server_without_tls_is_told_from_one_that_is_not_trusted(server: Server, wire: Wire) -> None:
    with pytest.raises(NoTlsError):
        wire.exchange("GET", server.url.replace("http:", "https:"), headers={})


def _closed() -> str:
    return f"http://127.0.0.1:{free_port()}/"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (_closed, "connection refused"),
        (lambda: "http://name.invalid/", "name|resol|connection"),
    ],
)
def test_what_does_not_answer_is_lost_with_a_reason(wire: Wire, url: Callable[[], str], words: str) -> None:
    with pytest.raises(LostError, match=words):
        wire.exchange("GET", url(), headers={})


def test_certificates_that_cannot_be_read_are_the_users_matter(tmp_path: Path) -> None:
    wire = Wire(ca_file=tmp_path / "none.pem", timeout_s=5)

    with pytest.raises(PreconditionError, match="certificates to trust cannot be read"):
        wire.exchange("GET", "https://127.0.0.1:1/", headers={})


def test_a_host_that_is_none_is_told_by_its_name(wire: Wire) -> None:
    with pytest.raises(RegistryError, match="cannot be used"):
        wire.exchange("GET", f"https://{'a' * 70}.test/", headers={})
