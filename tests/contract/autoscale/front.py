"""Stands before an API server and hands on what it does not answer itself."""

from __future__ import annotations

import json
import re
import ssl
import sys
import threading
import time
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from tests.testbed.control_plane import ADMIN_TOKEN
from tests.testbed.fixtures import Cluster

_PASSED_ON = ("accept", "content-type", "user-agent")
_LOGIN: Final = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
_TELLING_TIMEOUT_S: Final = 30.0
_DIGESTING_S: Final = 0.15  # for what was told to reach the controller's own memory
_VERSION: Final = re.compile(rb'"resourceVersion":"(\d+)"')
_VERSION_BYTES: Final = 48  # that a version takes at most: a part may end within one


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
        """Wait until the object of an answer was told."""
        found = _VERSION.search(body)
        if found is not None:
            with self._changed:
                self._changed.wait_for(lambda: found[1] in self._versions, timeout=_TELLING_TIMEOUT_S)


class Front(ThreadingHTTPServer):
    """The server before a control plane; each connection gets a handler of this kind."""

    daemon_threads = True
    handler: type[Handler]

    def __init__(self, behind: Cluster) -> None:
        super().__init__(("127.0.0.1", 0), self.handler)
        entry = json.loads(behind.kubeconfig.read_text())["clusters"][0]["cluster"]
        address = urlsplit(entry["server"])
        self.host, self.port = str(address.hostname), address.port
        self.trust = ssl.create_default_context(cafile=entry["certificate-authority"])
        self.told = Told()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that end with the controller or the API server."""
        if not isinstance(sys.exc_info()[1], ConnectionError | HTTPException):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # what came is what goes

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def kubeconfig(self) -> str:
        """Lead here without any login: that is the front's own."""
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "stand", "cluster": {"server": self.url}}],
                "contexts": [{"name": "stand", "context": {"cluster": "stand"}}],
                "current-context": "stand",
            }
        )


class Handler(BaseHTTPRequestHandler):
    """Answers what it can, and asks the API server for all else."""

    protocol_version = "HTTP/1.1"
    server: Front
    _connection: HTTPSConnection | None = None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name that the library calls
        """Say nothing."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        words = urlsplit(self.path).path.strip("/").split("/")
        if not self.answer(words, body):
            self.pass_on(words, body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  the names that the library calls

    def answer(self, words: list[str], body: bytes) -> bool:
        """Answer a request for a path; False: it is the API server's."""
        raise NotImplementedError

    def ask(self, path: str) -> Any:
        """Ask the API server for a document, in its plain form."""
        connection = self._upstream()
        connection.request("GET", path, headers={"Accept": "application/json", **_LOGIN})
        return json.loads(connection.getresponse().read())

    def absent(self) -> None:
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
        self.send(body, status=404)

    def send(self, body: object, *, status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refused(self, words: list[str]) -> None:
        """Hear of a status that is not the newest one's successor."""

    def pass_on(self, words: list[str], body: bytes) -> None:
        connection = self._upstream()
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() in _PASSED_ON}
            connection.request(self.command, self.path, body or None, {**headers, **_LOGIN})
            response = connection.getresponse()
            if response.status == HTTPStatus.CONFLICT:
                self.refused(words)
            if words[-1] == "status" and words[-3] == "horizontalpodautoscalers":  # the one kind that is watched
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
        self.send(json.loads(data), status=response.status)

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
        is_watch, rest = "/horizontalpodautoscalers?" in self.path, b""
        while part := response.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
            if is_watch:
                rest += part
                self.server.told.tell(rest)
                rest = rest[-_VERSION_BYTES:]
        response.close()  # one of a stated length is not over for its connection when all of it was read
        self.wfile.write(b"0\r\n\r\n")


def now() -> str:
    """The time, as metrics carry it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
