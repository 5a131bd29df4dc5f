"""A load balancer of Google's with Identity-Aware Proxy on: what it answers to whom, over plain HTTP on loopback.

After its documents (https://cloud.google.com/iap/docs/faq, https://cloud.google.com/iap/docs/authentication-howto) and
answers of it that others have published. Real are neither tokens nor TLS: the names of the accounts are the tokens.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from tests.fakes.background import in_background

LET_IN: Final = "account-with-the-role"
KNOWN: Final = "account-without-the-role"
_MARK: Final = "X-Goog-IAP-Generated-Response"
_SIGN_IN: Final = "https://accounts.google.com/o/oauth2/v2/auth?client_id=1234-abc.apps.googleusercontent.com"
_STATUS: Final = {"model_version_status": [{"version": "1", "state": "AVAILABLE", "status": {}}]}
_PREDICTION: Final = {"predictions": [1.0]}


@contextmanager
def iap_front() -> Iterator[int]:
    """Lets the holder of LET_IN through to a model server; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._guard(_STATUS)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._guard(_PREDICTION)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            del format, args

        def _guard(self, answer: object) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if token == LET_IN:
                self._answer(200, json.dumps(answer).encode())
            elif token == KNOWN:
                self._answer(403, b"<html>You don't have access</html>", {_MARK: "true"})
            elif token:
                self._answer(401, b"Invalid IAP credentials: Unable to parse JWT", {_MARK: "true"})
            elif self.command == "GET" and "*/*" in self.headers.get("Accept", ""):
                self._answer(302, b"", {_MARK: "true", "Location": _SIGN_IN})
            else:
                self._answer(401, b"Invalid IAP credentials: empty token", {_MARK: "true"})

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with in_background(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield port
