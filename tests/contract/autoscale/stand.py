"""Stands before an API server, and answers from scripts what a HorizontalPodAutoscaler's controller reads at each sync.

Scale subresources and the three metrics APIs are scripted, so that each sync reads exactly one step; all else is the
API server's.
"""

from __future__ import annotations

import json
import re
import ssl
import sys
import threading
import time
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, urlsplit

from tests.contract.autoscale.scripted import Script
from tests.testbed.control_plane import ADMIN_TOKEN
from tfk8s.autoscale.decide import Fault

_PASSED_ON = ("accept", "content-type", "user-agent")
_LOGIN: Final = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
_CUSTOM: Final = "custom.metrics.k8s.io"
_CUSTOM_VERSION: Final = {"groupVersion": f"{_CUSTOM}/v1beta2", "version": "v1beta2"}
_CUSTOM_GROUP: Final = {"name": _CUSTOM, "versions": [_CUSTOM_VERSION], "preferredVersion": _CUSTOM_VERSION}
_DIGESTING_S: Final = 0.05  # for what was told to reach the controller's own memory
_VERSION: Final = re.compile(rb'"resourceVersion":"(\d+)"')
_SIDECAR: Final = {"name": "side", "usage": {"cpu": "900m", "memory": "1Mi"}}


class Told:
    """Which versions of objects the controller has been told of by its watch."""

    def __init__(self) -> None:
        self._versions: set[bytes] = set()
        self._changed = threading.Condition()

    def tell(self, part: bytes) -> None:
        """Note the versions in a part of a watch."""
        with self._changed:
            self._versions.update(_VERSION.findall(part))
            self._changed.notify_all()

    def wait(self, body: bytes) -> None:
        """Wait until the object of an answer was told, or for two seconds."""
        found = _VERSION.search(body)
        if found is not None:
            with self._changed:
                self._changed.wait_for(lambda: found[1] in self._versions, timeout=2)


class Stand(ThreadingHTTPServer):
    """The server; `scripts` by name of the autoscaler, which is its Deployment's name too."""

    daemon_threads = True

    def __init__(self, *, host: str, port: int, trust: ssl.SSLContext, scripts: Mapping[str, Script]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host, self.port, self.trust, self.scripts = host, port, trust, scripts
        self.told = Told()
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
    _connection: HTTPSConnection | None = None

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
        elif words[:2] == ["apis", _CUSTOM]:
            self._custom(words)
        elif words == ["apis"]:
            self._groups()
        else:
            if words[-1] == "status" and words[-3] == "horizontalpodautoscalers":
                self.server.scripts[words[-2]].write_status(json.loads(body)["status"])
            self._pass_on(body, is_status=words[-1] == "status")

    def _scale(self, words: list[str], body: bytes) -> None:
        name, script = words[-2], self.server.scripts[words[-2]]
        if self.command == "PUT":
            script.write(json.loads(body)["spec"].get("replicas", 0))
        else:
            script.begin()
            if script.fault is Fault.NO_SCALE:
                self._absent()
                return
        self._send(
            {
                "kind": "Scale",
                "apiVersion": "autoscaling/v1",
                "metadata": {"name": name, "namespace": words[-4], "resourceVersion": "1"},
                "spec": {"replicas": script.replicas},
                "status": {"replicas": script.replicas, "selector": script.selector},
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
        script = self.server.scripts[name]
        read = {resource: script.read(resource) for resource in ("cpu", "memory")}
        found = {resource: values for resource, values in read.items() if isinstance(values, Mapping)}
        if not found:
            self._absent()
            return
        items = [
            {
                "metadata": {"name": pod},
                "timestamp": _now(),
                "window": "10s",
                "containers": [
                    {"name": "c", "usage": {resource: f"{values[pod]}m" for resource, values in found.items()}},
                    *([_SIDECAR] if script.has_sidecar else []),
                ],
            }
            for pod in next(iter(found.values()))
        ]
        self._send({"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items})

    def _custom(self, words: list[str]) -> None:
        """Answer for metrics of pods and of objects, and say which versions of this API there are."""
        version = f"{_CUSTOM}/v1beta2"
        if len(words) <= 3:
            kind = "APIGroup" if len(words) == 2 else "APIResourceList"
            body = _CUSTOM_GROUP if len(words) == 2 else {"groupVersion": version, "resources": []}
            self._send({"kind": kind, "apiVersion": "v1", **body})
            return
        namespace, plural, _, metric = words[-4:]
        value = self.server.scripts[metric.partition(".")[0]].read(metric)
        if value is None:
            self._absent()
            return
        named = value if isinstance(value, Mapping) else {words[-2]: value}
        items = [
            {
                "describedObject": {
                    "kind": "Pod" if plural == "pods" else "Service",
                    "namespace": namespace,
                    "name": each,
                },
                "metric": {"name": metric},
                "timestamp": _now(),
                "value": f"{milli}m",
            }
            for each, milli in named.items()
        ]
        self._send({"kind": "MetricValueList", "apiVersion": version, "metadata": {}, "items": items})

    def _groups(self) -> None:
        """Add the API for metrics of pods and objects to those that the API server has."""
        connection = self._upstream()
        connection.request("GET", "/apis", headers={"Accept": "application/json", **_LOGIN})
        groups = json.loads(connection.getresponse().read())
        groups["groups"].append(_CUSTOM_GROUP)
        self._send(groups)

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

    def _pass_on(self, body: bytes, *, is_status: bool) -> None:
        connection = self._upstream()
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() in _PASSED_ON}
            connection.request(self.command, self.path, body or None, {**headers, **_LOGIN})
            response = connection.getresponse()
            if is_status:
                self._hand_back(response)
            else:
                self._relay(response)
        except ConnectionError:
            self.close_connection = True

    def _hand_back(self, response: HTTPResponse) -> None:
        """Answer a write when the watch has told it, or the next sync would begin with the status of an earlier one."""
        data = response.read()
        self.server.told.wait(data)
        time.sleep(_DIGESTING_S)
        self._send(json.loads(data), status=response.status)

    def _upstream(self) -> HTTPSConnection:
        """A connection to the API server for each one that comes in: handshakes cost more than answers."""
        if self._connection is None:
            self._connection = HTTPSConnection(self.server.host, self.server.port, context=self.server.trust)
        return self._connection

    def finish(self) -> None:
        """End with the connection that came in."""
        if self._connection is not None:
            self._connection.close()
        super().finish()

    def _relay(self, response: HTTPResponse) -> None:
        """Hand on an answer as it comes: a watch has no end."""
        self.send_response(response.status)
        self.send_header("Content-Type", response.getheader("Content-Type") or "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        is_watch = "/horizontalpodautoscalers?" in self.path
        while part := response.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
            if is_watch:
                self.server.told.tell(part)
        self.wfile.write(b"0\r\n\r\n")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
