"""Cloud Storage's JSON API on loopback, as far as versions of models need it: the wire is the real one's.

Objects with generations and MD5 sums, listings with prefix, delimiter and pages, resumable uploads with 308 and Range,
preconditions, copies within the bucket, and its errors. https://cloud.google.com/storage/docs/json_api/v1.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes.background import in_background

BUCKET = "models-bucket"
LOGIN = "ya29.loopback-token"
UPLOAD_KEY = "AEnB2Uq-session-of-an-upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One object."""

    data: bytes
    generation: int
    metadata: dict[str, str]
    has_md5: bool = True


@dataclass
class _Session:
    name: str
    total: int
    wanted: dict[str, Any]
    generation: str | None
    data: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a request meets instead of its answer.

    Attributes:
        status: of the answer; 0 cuts the connection.
        after_bytes: of the body are taken in before the cut; None for all of them.
    """

    status: int = 0
    message: str = ""
    after_bytes: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class CloudStorage:
    """The server's state; a test may change it at any time.

    Attributes:
        objects: by name.
        token: that is accepted.
        page_size: of listings.
        fault: asked before each request with its number from 1, its method and its path.
        received: bytes of objects that came in.
        requests: `METHOD kind` of each request, in order.
    """

    objects: dict[str, Stored] = field(default_factory=dict)
    token: str = LOGIN
    page_size: int = 3
    fault: Callable[[int, str, str], Fault | None] = lambda *_: None
    received: int = 0
    requests: list[str] = field(default_factory=list)
    sessions: dict[str, _Session] = field(default_factory=dict)
    endpoint: str = ""
    _generations: Iterator[int] = field(default_factory=lambda: count(1_700_000_000))

    def put(self, name: str, data: bytes, *, metadata: dict[str, str] | None = None, has_md5: bool = True) -> None:
        """Store an object as another program does."""
        self.objects[name] = Stored(
            data=data, generation=next(self._generations), metadata=metadata or {}, has_md5=has_md5
        )

    def holds(self, name: str, *, generation: str | None) -> bool:
        """Whether `ifGenerationMatch` is met."""
        live = self.objects.get(name)
        return generation is None or int(generation) == (live.generation if live is not None else 0)


@contextmanager
def cloud_storage(before: CloudStorage | None = None) -> Iterator[CloudStorage]:
    """Serve until the end: an empty bucket, or one that was served before, at its address."""
    storage = before or CloudStorage()

    class Handler(_Handler):
        state = storage

    port = urlsplit(storage.endpoint).port or 0
    with in_background(ThreadingHTTPServer(("127.0.0.1", port), Handler)) as bound:
        storage.endpoint = f"http://127.0.0.1:{bound}"
        yield storage


def md5_of(data: bytes) -> str:
    """As Cloud Storage writes it."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


class _Handler(BaseHTTPRequestHandler):
    state: CloudStorage
    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = 1 << 16  # head and body in one packet, else each answer waits for an acknowledgement
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        state, url = self.state, urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        state.requests.append(f"{method} {'session' if 'upload_id' in query else url.path.partition('/b/')[2]}")
        length = int(self.headers.get("Content-Length") or 0)
        fault = state.fault(len(state.requests), method, url.path)
        if fault is not None and fault.status == 0 and fault.after_bytes is not None:
            self._take(query.get("upload_id", ""), self.rfile.read(min(fault.after_bytes, length)))
            self.close_connection = True
            return
        body = self.rfile.read(length)
        if fault is not None:
            if fault.status == 0:
                self.close_connection = True
            else:
                self._answer(fault.status, _error(fault.status, fault.message), **fault.headers)
            return
        if self.headers.get("Authorization") != f"Bearer {state.token}":
            self._answer(401, _error(401, "Invalid Credentials"))
            return
        self._route(method, url.path, query, body)

    def _route(self, method: str, path: str, query: dict[str, str], body: bytes) -> None:
        bucket = re.match(r"(?:/upload)?/storage/v1/b/([^/]+)/o", path)
        if bucket is None or unquote(bucket[1]) != BUCKET:
            self._answer(404, _error(404, "The specified bucket does not exist."))
            return
        rest = path[bucket.end() :]
        copied = re.fullmatch(r"/([^/]+)/rewriteTo/b/[^/]+/o/([^/]+)", rest)
        if path.startswith("/upload/") and method == "POST":
            self._begin(query, json.loads(body))
        elif path.startswith("/upload/") and method == "PUT":
            self._upload(query["upload_id"], body)
        elif copied and method == "POST":
            self._copy(unquote(copied[1]), unquote(copied[2]), query)
        elif rest == "" and method == "GET":
            self._list(query)
        elif method == "DELETE":
            self._delete(unquote(rest.removeprefix("/")), query)
        else:
            self._answer(404, _error(404, "Not Found"))

    def _begin(self, query: dict[str, str], wanted: dict[str, Any]) -> None:
        generation = query.get("ifGenerationMatch")
        if not self.state.holds(query["name"], generation=generation):
            self._answer(412, _error(412, "At least one of the pre-conditions you specified did not hold."))
            return
        key = f"{UPLOAD_KEY}-{len(self.state.sessions)}"
        total = int(self.headers["X-Upload-Content-Length"])
        self.state.sessions[key] = _Session(name=query["name"], total=total, wanted=wanted, generation=generation)
        address = f"{self.state.endpoint}/upload/storage/v1/b/{BUCKET}/o?uploadType=resumable&upload_id={key}"
        self._answer(200, {}, Location=address)

    def _take(self, key: str, body: bytes) -> None:
        session = self.state.sessions.get(key)
        start = re.match(r"bytes (\d+)-", self.headers.get("Content-Range", ""))
        if session is None or start is None or int(start[1]) > len(session.data):
            return
        kept = len(body) if int(start[1]) + len(body) == session.total else len(body) // 256 * 256
        new = body[len(session.data) - int(start[1]) : kept]
        self.state.received += len(new)
        session.data += new

    def _upload(self, key: str, body: bytes) -> None:
        session = self.state.sessions.get(key)
        if session is None:
            self._answer(410, _error(410, "The upload has expired."))
            return
        self._take(key, body)
        if len(session.data) < session.total:
            headers = {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}
            self._answer(308, {}, **headers)
            return
        data = bytes(session.data)
        if session.wanted.get("md5Hash", md5_of(data)) != md5_of(data):
            self._answer(400, _error(400, f"Provided MD5 hash doesn't match calculated MD5 hash {md5_of(data)}."))
            return
        live = self.state.objects.get(session.name)
        if live is None or live.data != data:  # the end of an upload may be asked for twice
            if not self.state.holds(session.name, generation=session.generation):
                self._answer(412, _error(412, "At least one of the pre-conditions you specified did not hold."))
                return
            self.state.put(session.name, data, metadata=session.wanted.get("metadata"))
        self._answer(200, self._resource(session.name))

    def _copy(self, source: str, target: str, query: dict[str, str]) -> None:
        live = self.state.objects.get(source)
        if live is None:
            self._answer(404, _error(404, f"No such object: {BUCKET}/{source}"))
        elif not self.state.holds(target, generation=query.get("ifGenerationMatch")):
            self._answer(412, _error(412, "At least one of the pre-conditions you specified did not hold."))
        elif len(live.data) > 100_000 and "rewriteToken" not in query:  # a large copy takes several requests
            self._answer(200, {"kind": "storage#rewriteResponse", "done": False, "rewriteToken": "on"})
        else:
            self.state.put(target, live.data, metadata=live.metadata)
            self._answer(200, {"kind": "storage#rewriteResponse", "done": True, "resource": self._resource(target)})

    def _delete(self, name: str, query: dict[str, str]) -> None:
        if name not in self.state.objects:
            self._answer(404, _error(404, f"No such object: {BUCKET}/{name}"))
        elif not self.state.holds(name, generation=query.get("ifGenerationMatch")):
            self._answer(412, _error(412, "At least one of the pre-conditions you specified did not hold."))
        else:
            del self.state.objects[name]
            self._answer(204, None)

    def _list(self, query: dict[str, str]) -> None:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        entries: dict[str, bool] = {}
        for name in sorted(self.state.objects):
            if name.startswith(prefix):
                cut = name.find(delimiter, len(prefix)) if delimiter else -1
                entries[name if cut < 0 else name[: cut + 1]] = cut >= 0
        ordered = [name for name in sorted(entries) if name > query.get("pageToken", "")]
        page = ordered[: self.state.page_size]
        body: dict[str, Any] = {"kind": "storage#objects"}
        if items := [self._resource(name) for name in page if not entries[name]]:
            body["items"] = items
        if prefixes := [name for name in page if entries[name]]:
            body["prefixes"] = prefixes
        if len(page) < len(ordered):
            body["nextPageToken"] = page[-1]
        self._answer(200, body)

    def _resource(self, name: str) -> dict[str, Any]:
        live = self.state.objects[name]
        found: dict[str, Any] = {
            "kind": "storage#object",
            "name": name,
            "bucket": BUCKET,
            "size": str(len(live.data)),
            "generation": str(live.generation),
        }
        if live.has_md5:
            found["md5Hash"] = md5_of(live.data)
        return {**found, "metadata": live.metadata} if live.metadata else found

    def _answer(self, status: int, body: dict[str, Any] | None, **headers: str) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _error(code: int, message: str) -> dict[str, Any]:
    reasons = {401: "authError", 403: "forbidden", 404: "notFound", 412: "conditionNotMet", 429: "rateLimitExceeded"}
    errors = [{"message": message, "domain": "global", "reason": reasons.get(code, "backendError")}]
    return {"error": {"code": code, "message": message, "errors": errors}}
