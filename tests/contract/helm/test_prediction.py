"""What the pod of `helm test` runs, by a real bash against a server on loopback: it asks, and it judges the answer."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.fakes.background import in_background
from tests.ports import free_port
from tools import pack_chart

pytestmark = pytest.mark.contract

SCRIPT = (pack_chart.CHART / "files" / "predict.sh").read_text()


@dataclass
class Server:
    """Answers every request alike, and keeps what it was asked."""

    status: int = 200
    answer: bytes = b'{"predictions": [3.0]}'
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    port: int = 0

    def ask(self, *, body: str = "", expect: str = "") -> subprocess.CompletedProcess[str]:
        """Run the script as the pod does."""
        told = {"HOST": "127.0.0.1", "PORT": str(self.port), "MODEL": "half_plus", "BODY": body, "EXPECT": expect}
        words = ["bash", "-c", SCRIPT]
        return subprocess.run(words, env=told, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.asked.append((f"{self.command} {self.path}", body))
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(told.answer)))
            self.end_headers()
            self.wfile.write(told.answer)

        do_POST = do_GET  # noqa: N815  the name that the base class looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base class
            pass

    with in_background(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        told.port = port
        yield told


def test_a_body_is_posted_whole_and_its_answer_shown(server: Server) -> None:
    body = '{"instances": [{"text": "é $(x) \\\\ 100%"}]}'

    done = server.ask(body=body, expect="[3.0]")

    assert done.returncode == 0, done.stderr
    assert server.asked == [("POST /v1/models/half_plus:predict", body.encode())]
    assert '{"predictions": [3.0]}' in done.stdout


def test_without_a_body_the_model_is_asked_for_its_metadata(server: Server) -> None:
    assert server.ask().returncode == 0
    assert server.asked == [("GET /v1/models/half_plus/metadata", b"")]


def test_an_answer_that_lacks_what_was_expected_fails_and_says_so(server: Server) -> None:
    done = server.ask(body="{}", expect="[4.0]")

    assert done.returncode != 0
    assert "the answer lacks: [4.0]" in done.stderr
    assert "[3.0]" in done.stdout


def test_a_refusal_fails_and_shows_the_servers_words(server: Server) -> None:
    server.status, server.answer = 404, b'{"error": "Servable not found"}'

    done = server.ask(body="{}")

    assert done.returncode != 0
    assert "Servable not found" in done.stdout


def test_a_closed_port_fails() -> None:
    assert Server(port=free_port()).ask().returncode != 0
