"""A registry in memory, met at the seam of `tfk8s.image.answer.Exchanger`: it keeps to the protocol, and says when not.

It does what no real registry can be told to do: take no pieces, count wrongly, forget uploads, store elsewhere. The
tests against a real registry (tests/contract/registry) hold it to the truth.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tfk8s.image.answer import Answer, Body, LostError, NoTlsError

_UPLOAD = re.compile(r"/v2/(?P<name>.+)/blobs/uploads/(?P<id>[^/]*)\Z")
_BLOB = re.compile(r"/v2/(?P<name>.+)/blobs/(?P<digest>sha256:[0-9a-f]{64})\Z")
_REFERRERS = re.compile(r"/v2/(?P<name>.+)/referrers/(?P<digest>sha256:[0-9a-f]{64})\Z")
_MANIFEST = re.compile(r"/v2/(?P<name>.+)/manifests/(?P<wanted>[^/]+)\Z")


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that reached the registry."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    received_bytes: int


@dataclass
class Habits:
    """How a registry differs from the one of the CNCF."""

    takes_pieces: bool = True
    tells_status: bool = True
    counts_right: bool = True
    mounts: bool = True
    least_piece_bytes: int = 0
    most_bytes: int = 0
    """What a proxy lets through in one request; 0 for no limit."""
    storage: str = ""
    """Host that blobs are read from, by a redirect."""
    location: str = ""
    """Where an upload goes; "" for a path at the registry."""
    lists_referrers: bool = True


@dataclass
class RegistryInMemory:
    """Satisfies `tfk8s.image.answer.Exchanger`; holds one registry, its storage and its token server.

    Attributes:
        host: of the registry.
        blobs, manifests: what it has, by repository and by digest or tag.
        answers: given before the registry is asked, in turn; one matches by method and a part of the path.
        cut_after_bytes: at the next body that is longer, the connection breaks there; the registry has those bytes.
        token: what a request must show; "" for no login.
        is_plain: speaks HTTP alone.
    """

    host: str = "registry.test"
    blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], bytes] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    habits: Habits = field(default_factory=Habits)
    seen: list[Seen] = field(default_factory=list)
    answers: deque[tuple[str, str, Answer | Exception]] = field(default_factory=deque)
    cut_after_bytes: int | None = None
    lose_next_answer_of: str = ""
    token: str = ""
    is_plain: bool = False
    token_answer: Callable[[Seen], Answer] | None = None

    def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | Body = b"", is_streamed: bool = False
    ) -> Answer:
        address = urlsplit(url)
        if address.scheme == "https" and self.is_plain:
            raise NoTlsError(address.netloc)
        if address.scheme == "http" and not self.is_plain:
            assert "authorization" not in headers, "a login was sent in the clear"
            told = Answer(status=400, headers={}, body=b"Client sent an HTTP request to an HTTPS server.")
            return self._planned(method, address.path) or told
        content, is_cut = self._received(body)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        seen = Seen(method, address.path, query, dict(headers), len(content))
        self.seen.append(seen)
        if isinstance(body, bytes) or not is_cut:
            self._check_length(body, content)
        answer = self._planned(method, address.path)
        if answer is None:
            answer = self._answer(seen, content, host=address.netloc, is_cut=is_cut)
        if is_cut:
            raise LostError("the connection broke")
        if self.lose_next_answer_of == method:
            self.lose_next_answer_of = ""
            raise LostError("the connection broke")
        return _streamed(answer) if is_streamed and answer.status in {200, 206} else answer

    def close(self) -> None:
        """Nothing is open."""

    def requests(self, method: str = ".*", path: str = "") -> list[Seen]:
        """The requests whose method and path match, in order."""
        return [seen for seen in self.seen if re.fullmatch(method, seen.method) and re.search(path, seen.path)]

    def put_blob(self, repository: str, content: bytes) -> str:
        digest = digest_of(content)
        self.blobs[repository, digest] = content
        return digest

    def put_manifest(self, repository: str, document: bytes, *, tag: str = "") -> str:
        digest = digest_of(document)
        self.manifests[repository, digest] = document
        if tag:
            self.manifests[repository, tag] = document
        return digest

    def sent_bytes(self) -> int:
        """Bytes of bodies of uploads that reached it."""
        return sum(seen.received_bytes for seen in self.requests("PATCH|PUT", "/blobs/uploads/"))

    def _received(self, body: bytes | Body) -> tuple[bytes, bool]:
        received = bytearray()
        for piece in [body] if isinstance(body, bytes) else body:
            received += piece
            if self.cut_after_bytes is not None and len(received) > self.cut_after_bytes:
                kept, self.cut_after_bytes = self.cut_after_bytes, None
                return bytes(received[:kept]), True
        return bytes(received), False

    def _check_length(self, body: bytes | Body, content: bytes) -> None:
        assert len(body) == len(content), f"Content-Length says {len(body)}, and {len(content)} bytes came"

    def _planned(self, method: str, path: str) -> Answer | None:
        for index, (wanted, part, answer) in enumerate(self.answers):
            if wanted == method and part in path:
                del self.answers[index]
                if isinstance(answer, Exception):
                    raise answer
                return answer
        return None

    def _answer(self, seen: Seen, content: bytes, *, host: str, is_cut: bool) -> Answer:
        if host == self.habits.storage:
            assert "authorization" not in seen.headers, "the storage was shown a login"
            return self._blob_answer(seen, self._stored(seen.path.rpartition("/")[2]))
        if host != self.host:
            assert self.token_answer is not None, f"nothing is at {host}"
            return self.token_answer(seen)
        if self.token and seen.headers.get("authorization") != self.token:
            return error(401, "UNAUTHORIZED", **{"www-authenticate": self._challenge()})
        if match := _UPLOAD.match(seen.path):
            return self._upload(match["name"], match["id"], seen=seen, content=content, is_cut=is_cut)
        if match := _BLOB.match(seen.path):
            return self._blob(match["name"], match["digest"], seen=seen)
        if match := _MANIFEST.match(seen.path):
            return self._manifest(match["name"], match["wanted"], seen=seen, content=content)
        if self.habits.lists_referrers and (match := _REFERRERS.match(seen.path)):
            return self._referrers(match["name"], match["digest"])
        return Answer(status=200 if seen.path == "/v2/" else 404, headers={})

    def _challenge(self) -> str:
        return (
            f'Bearer realm="https://tokens.test/token",service="{self.host}"' if self.token_answer else "Basic realm=x"
        )

    def _blob(self, name: str, digest: str, *, seen: Seen) -> Answer:
        content = self.blobs.get((name, digest))
        if content is None:
            return error(404, "BLOB_UNKNOWN")
        if seen.method == "GET" and self.habits.storage:
            return Answer(status=307, headers={"location": f"https://{self.habits.storage}/store/{digest}?signed=yes"})
        return self._blob_answer(seen, content)

    def _blob_answer(self, seen: Seen, content: bytes) -> Answer:
        if seen.method == "HEAD":
            return Answer(status=200, headers={"content-length": str(len(content))})
        wanted = re.fullmatch(r"bytes=(\d+)-", seen.headers.get("range", ""))
        if wanted:
            return Answer(status=206, headers={}, body=content[int(wanted[1]) :])
        return Answer(status=200, headers={}, body=content)

    def _stored(self, digest: str) -> bytes:
        return next(content for (_, key), content in self.blobs.items() if key == digest)

    def _manifest(self, name: str, wanted: str, *, seen: Seen, content: bytes) -> Answer:
        if seen.method == "PUT":
            document = json.loads(content)
            listed = [] if "manifests" in document else [document["config"], *document["layers"]]
            if any((name, entry["digest"]) not in self.blobs for entry in listed):
                return error(404, "MANIFEST_BLOB_UNKNOWN")
            headers = {"docker-content-digest": self.put_manifest(name, content, tag=wanted)}
            if self.habits.lists_referrers and "subject" in document:
                headers["oci-subject"] = document["subject"]["digest"]
            return Answer(status=201, headers=headers)
        document_bytes = self.manifests.get((name, wanted))
        if document_bytes is None:
            return error(404, "MANIFEST_UNKNOWN")
        headers = {"docker-content-digest": digest_of(document_bytes)}
        return Answer(status=200, headers=headers, body=document_bytes if seen.method == "GET" else b"")

    def _referrers(self, name: str, subject: str) -> Answer:
        """All of them, whatever type was asked for: a registry need not filter."""
        found = {
            digest: (json.loads(document), len(document))
            for (repository, digest), document in self.manifests.items()
            if repository == name and digest.startswith("sha256:")
        }
        entries = [
            {
                "mediaType": document["mediaType"],
                "digest": digest,
                "size": size,
                "artifactType": document.get("artifactType", document["config"]["mediaType"]),
                "annotations": document.get("annotations", {}),
            }
            for digest, (document, size) in found.items()
            if document.get("subject", {}).get("digest") == subject
        ]
        media_type = "application/vnd.oci.image.index.v1+json"
        index = {"schemaVersion": 2, "mediaType": media_type, "manifests": entries}
        return Answer(status=200, headers={"content-type": media_type}, body=json.dumps(index).encode())

    def _upload(self, name: str, upload: str, *, seen: Seen, content: bytes, is_cut: bool) -> Answer:
        if seen.method == "POST":
            return self._begin(name, seen)
        known = self.uploads.get(upload)
        if known is None:
            return error(404, "BLOB_UPLOAD_UNKNOWN")
        if seen.method == "GET":
            return self._status(name, upload) if self.habits.tells_status else error(404, "BLOB_UPLOAD_UNKNOWN")
        if seen.method == "PATCH":
            return self._patch(name, upload, seen=seen, content=content, is_cut=is_cut)
        if is_cut:
            return Answer(status=400, headers={})  # nobody reads it
        whole = bytes(known) + content
        if digest_of(whole) != seen.query["digest"]:
            return error(400, "DIGEST_INVALID")
        del self.uploads[upload]
        self.blobs[name, seen.query["digest"]] = whole
        return Answer(status=201, headers={"location": f"/v2/{name}/blobs/{seen.query['digest']}"})

    def _begin(self, name: str, seen: Seen) -> Answer:
        mounted = seen.query.get("mount")
        content = self.blobs.get((seen.query.get("from", ""), mounted or ""))
        if content is not None and mounted and self.habits.mounts:
            self.blobs[name, mounted] = content
            return Answer(status=201, headers={})
        upload = f"upload-{len(self.seen)}"
        self.uploads[upload] = bytearray()
        least = {"oci-chunk-min-length": str(self.habits.least_piece_bytes)} if self.habits.least_piece_bytes else {}
        status = self._status(name, upload)
        return Answer(status=202, headers={**status.headers, **least})

    def _status(self, name: str, upload: str) -> Answer:
        size = len(self.uploads[upload])
        location = f"{self.habits.location}/v2/{name}/blobs/uploads/{upload}?at={size}"
        return Answer(status=204, headers={"location": location, "range": f"0-{max(size - 1, 0)}"})

    def _patch(self, name: str, upload: str, *, seen: Seen, content: bytes, is_cut: bool) -> Answer:
        if self.habits.most_bytes and len(content) > self.habits.most_bytes:
            return Answer(status=413, headers={})
        if not self.habits.takes_pieces:
            return error(405, "UNSUPPORTED")
        start, _, last = seen.headers["content-range"].partition("-")
        if int(start) != len(self.uploads[upload]):
            return error(416, "RANGE_INVALID")
        assert is_cut or int(last) - int(start) + 1 == len(content), "Content-Range is not what was sent"
        self.uploads[upload] += content
        status = self._status(name, upload)
        if not self.habits.counts_right:
            return Answer(status=202, headers={**status.headers, "range": "0-0"})
        return Answer(status=202, headers=status.headers)


def error(status: int, code: str, **headers: str) -> Answer:
    """An error as the distribution specification writes it."""
    body = json.dumps({"errors": [{"code": code, "message": f"about {code}"}]}).encode()
    return Answer(status=status, headers=headers, body=body)


def basic(username: str, secret: str) -> str:
    """What a request with this login shows."""
    return "Basic " + base64.b64encode(f"{username}:{secret}".encode()).decode()


def _streamed(answer: Answer) -> Answer:
    if not answer.body:  # it was planned as a stream
        return answer

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(answer.body), 1000):
            yield answer.body[start : start + 1000]

    return Answer(status=answer.status, headers=answer.headers, chunks=chunks)
