"""The GKE Hub API on loopback, as far as fleets need it, by its discovery document (gkehub v1, revision 20261025).

A path, a method, a parameter or a field of a body that the document does not have is a test's failure, not an answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.fakes.background import in_background

PROJECT: Final = "my-project"
LOGIN: Final = "ya29.loopback-token"
_PAGE: Final = 2
# What the document allows in the bodies that are sent: Feature, CommonFeatureSpec, MultiClusterIngressFeatureSpec.
_FEATURE: Final = {"spec": {"multiclusteringress": {"configMembership": ""}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a request meets instead of its answer; a status of 0 cuts the connection, after the work was done."""

    status: int
    reason: str = ""


@dataclass
class FakeHub:
    """One project's fleet.

    Attributes:
        memberships: name to the resource of the cluster.
        features: those that are on.
        polls: how often an operation is asked for until it is done.
        failure: message of the error that operations end with; "" for none.
        faults: of the next requests; None for none.
        requests: method and path of each.
        login: the token that must be shown; None for that none must be.
        wrong: what the document does not have, and was sent.
    """

    memberships: dict[str, str] = field(default_factory=dict)
    features: dict[str, dict[str, Any]] = field(default_factory=dict)
    polls: int = 0
    failure: str = ""
    faults: list[Fault | None] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    login: str | None = LOGIN
    wrong: list[str] = field(default_factory=list)
    endpoint: str = ""

    @contextmanager
    def running(self) -> Iterator[FakeHub]:
        """Serve on a free port."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
                """Keep quiet."""

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length) or "{}")
                parts = urlsplit(self.path)
                hub.requests.append(f"{self.command} {parts.path}")
                fault = hub.faults.pop(0) if hub.faults else None
                wanted = None if hub.login is None else f"Bearer {hub.login}"
                status, answer = (401, {}) if self.headers.get("Authorization") != wanted else (200, {})
                if fault is not None and fault.status:
                    status, answer = fault.status, _error(fault.status, fault.reason)
                elif status == 200:
                    status, answer = hub.answer(self.command, parts.path, parse_qs(parts.query), body)
                if fault is not None and not fault.status:
                    self.close_connection = True
                    return
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        with in_background(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
            self.endpoint = f"http://127.0.0.1:{port}"
            yield self

    def answer(
        self, method: str, path: str, query: dict[str, list[str]], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Answer one request."""
        root = f"/v1/projects/{PROJECT}/locations"
        if (method, path) == ("GET", f"{root}/-/memberships"):
            return 200, self._members(int(query.get("pageToken", ["0"])[0]))
        if (method, path) == ("POST", f"{root}/global/features"):
            return self._make(query, body)
        if method == "GET" and path.startswith(f"{root}/global/features/"):
            found = self.features.get(path.rpartition("/")[2])
            return (404, _error(404)) if found is None else (200, found)
        if method == "GET" and path.startswith(f"{root}/global/operations/"):
            return 200, self._operation()
        self.wrong.append(f"{method} {path}")
        return 404, _error(404)

    def _members(self, start: int) -> dict[str, Any]:
        found = [
            {"name": name, "endpoint": {"gkeCluster": {"resourceLink": resource}}}
            for name, resource in [*self.memberships.items()][start : start + _PAGE]
        ]
        more = start + _PAGE < len(self.memberships)
        return {"resources": found, **({"nextPageToken": str(start + _PAGE)} if more else {})}

    def _make(self, query: dict[str, list[str]], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.wrong += [f"parameter {name}" for name in query if name not in ("featureId", "requestId")]
        self.wrong += [f"field {place}" for place in _unknown(body, _FEATURE)]
        (name,) = query["featureId"]
        if name in self.features:
            return 409, _error(409)
        if not self.failure:
            self.features[name] = {"name": f"projects/1/locations/global/features/{name}", **body}
        return 200, self._operation()

    def _operation(self) -> dict[str, Any]:
        name = f"projects/{PROJECT}/locations/global/operations/operation-1"
        if self.polls:
            self.polls -= 1
            return {"name": name}
        end = {"error": {"code": 9, "message": self.failure}} if self.failure else {"response": {}}
        return {"name": name, "done": True, **end}


def _unknown(body: dict[str, Any], known: dict[str, Any], place: str = "") -> Iterator[str]:
    for key, value in body.items():
        if key not in known:
            yield f"{place}{key}"
        elif isinstance(value, dict):
            yield from _unknown(value, known[key], f"{place}{key}.")


def _error(status: int, reason: str = "") -> dict[str, Any]:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
    return {"error": {"code": status, "message": f"refused with {status}", "details": details}}
