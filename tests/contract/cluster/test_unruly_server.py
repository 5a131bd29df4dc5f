"""The real client against a server that misbehaves: what is retried, and that no foreign exception comes out."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tfk8s.cluster.connection import open_connection
from tfk8s.cluster.gateway import KubernetesCluster
from tfk8s.errors import Tfk8sError
from tfk8s.manifest import Manifest, ObjectRef
from tfk8s.ports import ClusterUnreachableError, LogQuery, ObjectQuery

CONFIG_MAP = Manifest.of(
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}, "data": {"k": "v"}}
)
POD = ObjectRef(api_version="v1", kind="Pod", namespace="n", name="p")
KINDS = {
    "resources": [
        {"name": "configmaps", "kind": "ConfigMap", "namespaced": True},
        {"name": "pods", "kind": "Pod", "namespaced": True},
    ]
}


class Unruly(http.server.ThreadingHTTPServer):
    """Answers discovery, and everything else as `plan` says: a status code, "reset", or "nonsense"."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.plan: list[int | str] = []
        self.asked: list[str] = []


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Unruly
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args

    def _serve(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/api/v1":
            return self._answer(200, json.dumps(KINDS))
        self.server.asked.append(f"{self.command} {self.path}")
        step = self.server.plan.pop(0) if self.server.plan else 200
        if step == "reset":
            self.connection.close()
            self.close_connection = True
            return None
        if step == "nonsense":
            return self._answer(200, "<html>a proxy's page</html>")
        assert isinstance(step, int)
        body = CONFIG_MAP.body if step == 200 else {"kind": "Status", "message": f"code {step}"}
        return self._answer(step, json.dumps(body))

    def _answer(self, code: int, body: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_PATCH = do_DELETE = _serve  # noqa: N815


@contextmanager
def _serving(server: Unruly) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def server() -> Iterator[Unruly]:
    unruly = Unruly()
    with _serving(unruly):
        yield unruly


@pytest.fixture
def cluster(server: Unruly, tmp_path: Path) -> KubernetesCluster:
    file = tmp_path / "kubeconfig"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{"name": "u", "user": {"token": "hidden-token"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "n"}}],
        "current-context": "x",
    }
    file.write_text(json.dumps(content))
    return KubernetesCluster(open_connection(kubeconfig=file), clock=FakeClock())


@pytest.mark.parametrize("trouble", [429, 502, 503, 504, "reset"])
def test_an_apply_that_meets_a_passing_trouble_is_repeated(
    server: Unruly, cluster: KubernetesCluster, trouble: int | str
) -> None:
    server.plan = [trouble, trouble]

    stored = cluster.apply(CONFIG_MAP)

    assert stored["data"] == {"k": "v"}
    assert len(server.asked) == 3
    assert len(set(server.asked)) == 1, "the client must not add to the parameters of the request before"
    assert server.asked[0].count("fieldValidation=Strict") == 1


@pytest.mark.parametrize("code", [400, 401, 403, 409, 422, 500])
def test_a_refusal_is_asked_once(server: Unruly, cluster: KubernetesCluster, code: int) -> None:
    server.plan = [code]

    with pytest.raises(Tfk8sError) as failure:
        cluster.apply(CONFIG_MAP)

    assert len(server.asked) == 1
    assert "hidden-token" not in f"{failure.value}{failure.value.details}"


@pytest.mark.parametrize("trouble", [503, "reset"])
def test_a_trouble_that_stays_is_unreachable(server: Unruly, cluster: KubernetesCluster, trouble: int | str) -> None:
    server.plan = [trouble] * 9

    with pytest.raises(ClusterUnreachableError):
        cluster.get(CONFIG_MAP.ref)

    assert len(server.asked) == 5


@pytest.mark.parametrize("trouble", [401, 403, 404, 410, 418, 500, "nonsense"])
def test_no_foreign_exception_comes_out(server: Unruly, cluster: KubernetesCluster, trouble: int | str) -> None:
    query = ObjectQuery(api_version="v1", kind="ConfigMap", namespace="n")
    calls = (
        lambda: cluster.get(CONFIG_MAP.ref),
        lambda: cluster.list(query),
        lambda: cluster.apply(CONFIG_MAP),
        lambda: cluster.dry_run(CONFIG_MAP),
        lambda: cluster.delete(CONFIG_MAP.ref),
        lambda: cluster.logs(POD, query=LogQuery(container="c")),
        lambda: cluster.release(),
    )
    for call in calls:
        server.plan = [trouble]
        try:
            call()
        except Tfk8sError:
            continue


def test_a_log_that_is_not_there_yet_has_no_lines(server: Unruly, cluster: KubernetesCluster) -> None:
    server.plan = [400]

    assert cluster.logs(POD, query=LogQuery(container="c", previous=True)) == ()
    assert "previous=true" in server.asked[0]
