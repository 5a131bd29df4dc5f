"""Stands before an API server, and answers from scripts what a HorizontalPodAutoscaler's controller reads at each sync.

Scale subresources and metrics are scripted, so that each sync reads exactly one step; all else is the API server's.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.testbed.control_plane import ADMIN_TOKEN

_PASSED_ON = ("accept", "content-type", "user-agent")

# A metric's value in thousandths, or those of pods by name; `None`: the metrics API does not know it.
Answer = int | Mapping[str, int] | None


@dataclass
class Sync:
    """What one sync read and wrote.

    Attributes:
        at: When it began, in seconds of the monotonic clock.
        current: Replicas that it found.
        desired: Replicas that it left.
        conditions: Reasons in the status, as far as it has been written by then.
    """

    at: float
    current: int
    desired: int
    conditions: dict[str, tuple[bool, str]]


@dataclass
class Script:
    """One autoscaler's course, one step of it at each sync.

    Syncs are held back to ticks: the time between any two is a multiple of `tick_s`, however busy the machine is, and
    so never near a window or a period that is none.

    Attributes:
        replicas: That the target asks for and has.
        answers: For each sync, from a metric's name to its value.
        tick_s: Time between two ticks.
        offset_s: Of this course's ticks, so that not all autoscalers sync at once.
        syncs: What happened.
    """

    replicas: int
    answers: list[dict[str, Answer]]
    tick_s: float
    offset_s: float
    syncs: list[Sync] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether every step was read, and the last one acted upon."""
        return len(self.syncs) > len(self.answers)

    def begin(self) -> None:
        """Wait for the next tick, where a sync begins."""
        time.sleep(self.tick_s - (time.monotonic() - self.offset_s) % self.tick_s)
        before = self.syncs[-1].conditions if self.syncs else {}
        self.syncs.append(Sync(time.monotonic(), self.replicas, self.replicas, dict(before)))

    def read(self, metric: str) -> Answer:
        """Answer for a metric at this sync; after the last step it stays."""
        return self.answers[min(len(self.syncs), len(self.answers)) - 1].get(metric)

    def write(self, replicas: int) -> None:
        """Take over the replicas that this sync wants."""
        self.replicas = self.syncs[-1].desired = replicas

    def write_status(self, status: Mapping[str, Any]) -> None:
        """Take over the conditions of the status, but for 1.37's ScaledToZero: the model is that of 1.34."""
        self.syncs[-1].conditions = {
            each["type"]: (each["status"] == "True", each["reason"])
            for each in status.get("conditions", ())
            if each["type"] != "ScaledToZero"
        }


class Stand(ThreadingHTTPServer):
    """The server; `scripts` by name of the autoscaler, which is its Deployment's name too."""

    daemon_threads = True

    def __init__(self, *, host: str, port: int, trust: ssl.SSLContext, scripts: Mapping[str, Script]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host, self.port, self.trust, self.scripts = host, port, trust, scripts
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that end with the controller or the API server."""
        if not isinstance(sys.exc_info()[1], ConnectionError | HTTPException):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # what came is what goes

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stand

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name that the library calls
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  the names that the library calls

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        words = url.path.strip("/").split("/")
        if words[-1] == "scale":
            self._scale(words, body)
        elif words[:2] == ["apis", "external.metrics.k8s.io"]:
            self._external(words[-1])
        elif words[:2] == ["apis", "metrics.k8s.io"]:
            self._pods(parse_qs(url.query)["labelSelector"][0].partition("=")[2])
        else:
            if words[-1] == "status" and words[-3] == "horizontalpodautoscalers":
                self.server.scripts[words[-2]].write_status(json.loads(body)["status"])
            self._pass_on(body)

    def _scale(self, words: list[str], body: bytes) -> None:
        name, script = words[-2], self.server.scripts[words[-2]]
        if self.command == "PUT":
            script.write(json.loads(body)["spec"].get("replicas", 0))
        else:
            script.begin()
        self._send(
            {
                "kind": "Scale",
                "apiVersion": "autoscaling/v1",
                "metadata": {"name": name, "namespace": words[-4], "resourceVersion": "1"},
                "spec": {"replicas": script.replicas},
                "status": {"replicas": script.replicas, "selector": f"app={name}"},
            }
        )

    def _external(self, metric: str) -> None:
        name = metric.partition(".")[0]
        value = self.server.scripts[name].read(metric)
        if value is None:
            self._absent()
            return
        item = {"metricName": metric, "metricLabels": {}, "timestamp": _now(), "value": f"{value}m"}
        self._send(
            {
                "kind": "ExternalMetricValueList",
                "apiVersion": "external.metrics.k8s.io/v1beta1",
                "metadata": {},
                "items": [item],
            }
        )

    def _pods(self, name: str) -> None:
        values = self.server.scripts[name].read("cpu")
        if not isinstance(values, Mapping):
            self._absent()
            return
        items = [
            {
                "metadata": {"name": pod},
                "timestamp": _now(),
                "window": "10s",
                "containers": [{"name": "c", "usage": {"cpu": f"{value}m"}}],
            }
            for pod, value in values.items()
        ]
        self._send({"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items})

    def _absent(self) -> None:
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
        self._send(body, status=404)

    def _send(self, body: object, *, status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _pass_on(self, body: bytes) -> None:
        connection = HTTPSConnection(self.server.host, self.server.port, context=self.server.trust)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() in _PASSED_ON}
            headers["Authorization"] = f"Bearer {ADMIN_TOKEN}"
            connection.request(self.command, self.path, body or None, headers)
            self._relay(connection.getresponse())
        except ConnectionError:
            self.close_connection = True
        finally:
            connection.close()

    def _relay(self, response: HTTPResponse) -> None:
        """Hand on an answer as it comes: a watch has no end."""
        self.send_response(response.status)
        self.send_header("Content-Type", response.getheader("Content-Type") or "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while part := response.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
