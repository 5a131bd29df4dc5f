"""The real client reads a stream as the kubelet sends it: chunk by chunk, for as long as the container runs."""

from __future__ import annotations

import http.server
import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fakes.clock import FakeClock
from tfk8s.cluster.connection import open_connection
from tfk8s.cluster.gateway import KubernetesCluster
from tfk8s.manifest import ObjectRef
from tfk8s.ports.cluster import ClusterUnreachableError, ForbiddenError
from tfk8s.ports.logs import LogStreamQuery

POD = ObjectRef(api_version="v1", kind="Pod", namespace="n", name="p")
FOLLOW = LogStreamQuery(container="c", follow=True, tail_lines=5)


class Kubelet(http.server.ThreadingHTTPServer):
    """Sends each piece that is put into `pieces` as a chunk; None ends the answer, "break" the connection."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pieces: queue.Queue[bytes | str | None] = queue.Queue()
        self.refuse: list[tuple[int, str]] = []
        self.asked: list[dict[str, list[str]]] = []
        self.paths: list[str] = []
        self.gone = threading.Event()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Kubelet
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.paths.append(parts.path)
        self.server.asked.append(parse_qs(parts.query))
        if self.server.refuse:
            return self._refuse(*self.server.refuse.pop(0))
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        return self._stream()

    def _refuse(self, code: int, message: str) -> None:
        body = json.dumps({"kind": "Status", "status": "Failure", "message": message, "code": code}).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        while True:
            try:
                piece = self.server.pieces.get(timeout=0.02)
            except queue.Empty:
                if self._reader_is_gone():
                    self.server.gone.set()
                    self.close_connection = True
                    return
                continue
            if piece == "break":
                self.close_connection = True
                return
            data = piece if isinstance(piece, bytes) else b""
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
            if piece is None:
                return

    def _reader_is_gone(self) -> bool:
        try:
            return not self.connection.recv(1, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True


@pytest.fixture
def kubelet() -> Iterator[Kubelet]:
    server = Kubelet()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def cluster(kubelet: Kubelet, tmp_path: Path) -> KubernetesCluster:
    file = tmp_path / "kubeconfig"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{kubelet.server_port}"}}],
        "users": [{"name": "u", "user": {"token": "hidden-token"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "n"}}],
        "current-context": "x",
    }
    file.write_text(json.dumps(content))
    return KubernetesCluster(open_connection(kubeconfig=file), clock=FakeClock())


def test_a_line_is_there_before_the_next_one_is_written(kubelet: Kubelet, cluster: KubernetesCluster) -> None:
    stream = cluster.open_log(POD, query=FOLLOW)
    assert stream is not None
    lines = iter(stream)

    kubelet.pieces.put(b"2026-01-01T00:00:00.000000001Z one\n2026-01-01T00:00:00.5Z t")
    first = next(lines)
    kubelet.pieces.put(b"wo\n")
    second = next(lines)
    kubelet.pieces.put(None)

    assert (first.text, second.text, list(lines)) == ("one", "two", [])
    assert kubelet.paths == ["/api/v1/namespaces/n/pods/p/log"]
    assert kubelet.asked == [{"container": ["c"], "timestamps": ["true"], "follow": ["true"], "tailLines": ["5"]}]


def test_closing_from_another_thread_wakes_a_reader_and_frees_the_server(
    kubelet: Kubelet, cluster: KubernetesCluster
) -> None:
    stream = cluster.open_log(POD, query=FOLLOW)
    assert stream is not None
    reading, texts = threading.Event(), []

    def read() -> None:
        for line in stream:
            texts.append(line.text)
            reading.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    kubelet.pieces.put(b"2026-01-01T00:00:00Z one\n")
    assert reading.wait(60)
    started = time.monotonic()
    stream.close()
    thread.join(60)

    assert not thread.is_alive()
    assert time.monotonic() - started < 15, "it must not wait for the time limit of a silent connection"
    assert texts == ["one"]
    assert kubelet.gone.wait(60)


def test_a_connection_that_breaks_in_a_line_is_unreachable_and_not_the_end(
    kubelet: Kubelet, cluster: KubernetesCluster
) -> None:
    stream = cluster.open_log(POD, query=FOLLOW)
    assert stream is not None
    lines = iter(stream)
    kubelet.pieces.put(b"2026-01-01T00:00:00Z one\n2026-01-01T00:00:01Z tw")
    assert next(lines).text == "one"

    kubelet.pieces.put("break")

    with pytest.raises(ClusterUnreachableError):
        next(lines)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (400, 'container "c" in pod "p" is waiting to start: ContainerCreating'),
        (400, 'previous terminated container "c" in pod "p" not found'),
        (404, 'pods "p" not found'),
    ],
)
def test_a_log_that_is_not_there_is_none(kubelet: Kubelet, cluster: KubernetesCluster, code: int, message: str) -> None:
    kubelet.refuse = [(code, message)]

    assert cluster.open_log(POD, query=FOLLOW) is None


def test_a_missing_right_says_so_in_the_servers_words(kubelet: Kubelet, cluster: KubernetesCluster) -> None:
    kubelet.refuse = [(403, 'pods "p" is forbidden: User "u" cannot get resource "pods/log"')]

    with pytest.raises(ForbiddenError, match='cannot get resource "pods/log"'):
        cluster.open_log(POD, query=FOLLOW)


def test_a_node_that_does_not_answer_is_unreachable_after_some_tries(
    kubelet: Kubelet, cluster: KubernetesCluster
) -> None:
    kubelet.refuse = [(502, "dial tcp 10.0.0.1:10250: connect: no route to host")] * 5

    with pytest.raises(ClusterUnreachableError, match="no route to host"):
        cluster.open_log(POD, query=FOLLOW)

    assert len(kubelet.asked) == 5


def test_an_endless_line_is_cut_and_a_hostile_one_is_a_line(kubelet: Kubelet, cluster: KubernetesCluster) -> None:
    stream = cluster.open_log(POD, query=LogStreamQuery(container="c"))
    assert stream is not None
    for _ in range(64):
        kubelet.pieces.put(b"x" * 64 * 1024)
    kubelet.pieces.put(b"\n\xff\x00\x1b[2J\n")
    kubelet.pieces.put(None)

    first, second = stream

    assert first.text.endswith(f"({63 * 64 * 1024 + 48 * 1024} bytes more)")
    assert second == (None, "�\x00\x1b[2J")
