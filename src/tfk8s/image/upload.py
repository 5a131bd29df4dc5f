"""Sends one blob to a registry: in pieces that can be gone on with, or whole where a registry takes no pieces.

OCI distribution specification 1.1, "Pushing a blob in chunks" and "Pushing a blob monolithically". distribution 3
says with GET on an upload's URL how much it has; one that does not is begun anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tfk8s.clock import Clock
from tfk8s.errors import RegistryError
from tfk8s.image.answer import Answer, Body, LostError
from tfk8s.image.challenge import push_scope
from tfk8s.image.client import RegistryClient, Request
from tfk8s.image.patience import Patience, is_transient
from tfk8s.image.reference import Reference, is_google
from tfk8s.image.refusal import Asked, refusal
from tfk8s.image.source import BlobSource
from tfk8s.image.upload_journal import UploadEntry
from tfk8s.ports import Blob

CHUNK_BYTES: Final = 256 << 20
"""A registry writes a piece to its disk before it answers, which takes time; of a broken one it keeps what it has."""

_SMALL_BYTES: Final = 1 << 20
"""What is smaller is sent again rather than gone on with."""

_BINARY: Final = "application/octet-stream"
_NO_LOGIN: Final = 401
_NOT_FOUND: Final = 404
_WRONG_RANGE: Final = 416
_TOO_LARGE: Final = 413
_FINAL: Final = frozenset({403, _TOO_LARGE})
"""Refusals that sending the blob whole would not change."""


class _WholeOnlyError(Exception):
    """The registry takes no pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadTarget:
    """Where blobs go.

    Attributes:
        client: of the registry.
        image: names the repository.
        clock: for waits.
        chunk_bytes: size of a piece; the registry may ask for larger ones.
    """

    client: RegistryClient
    image: Reference
    clock: Clock
    chunk_bytes: int = CHUNK_BYTES

    @property
    def scopes(self) -> tuple[str, ...]:
        """What a token must allow."""
        return (push_scope(self.image.repository),)

    @property
    def takes_pieces(self) -> bool:
        """Artifact Registry does not (https://cloud.google.com/artifact-registry/docs/docker/pushing-and-pulling)."""
        return not is_google(self.image.registry)

    def blob_path(self, digest: str) -> str:
        """Path of a blob."""
        return f"/v2/{self.image.repository}/blobs/{digest}"

    def has(self, blob: Blob) -> bool:
        """Whether the repository has the blob."""
        answer = self.client.send(Request(method="HEAD", target=self.blob_path(blob.digest), scopes=self.scopes))
        if answer.status in {200, 404}:
            return answer.status == 200
        raise self.refused(answer, f"the question for {blob.digest}")

    def refused(self, answer: Answer, what: str) -> RegistryError:
        """Explain an answer that is no success."""
        asked = Asked(what=what, image=self.image, access="push", tried=self.client.auth.tried)
        return refusal(answer, asked=asked)


class BlobUpload:
    """The upload of one blob, from its beginning or from where an earlier one broke off."""

    def __init__(self, blob: Blob, *, target: UploadTarget, source: BlobSource, entry: UploadEntry) -> None:
        """Nothing is sent yet."""
        self._blob, self._target, self._source, self._entry = blob, target, source, entry
        self._patience = Patience(target.clock)
        self._chunk_bytes = target.chunk_bytes
        self._url = ""
        self._offset = 0
        self._is_old = False

    def run(self, *, location: str = "") -> None:
        """Return once the registry has the blob and has found its digest right.

        Args:
            location: of an upload that the registry opened when it was asked to mount the blob.

        Raises:
            RegistryError: the registry refused it, or cannot be reached any more.
            InputError: the blob's files changed.
        """
        if self._target.takes_pieces and self._blob.size_bytes > min(self._target.chunk_bytes, _SMALL_BYTES):
            try:
                self._in_pieces(location)
                return
            except _WholeOnlyError:
                location = ""
        self._whole(location)

    def _in_pieces(self, location: str) -> None:
        self._is_old = self._resume(self._entry.location)
        if not self._is_old:
            self._begin(location)
        while True:
            try:
                is_done = self._step()
            except LostError as error:
                if not self._patience.wait():
                    raise self._target.client.unreachable(error) from error
                is_done = self._is_found()
            if is_done:
                return

    def _step(self) -> bool:
        """Send the next piece, or the digest after the last; true when the registry has the blob."""
        size = min(self._chunk_bytes, self._blob.size_bytes - self._offset)
        if size:
            answer = self._send_piece(size)
        else:
            answer = self._target.client.send_once(self._request("PUT", url=self._with_digest()))
        if answer.status in {201, 202, 204}:
            self._patience.renew()
            if not size:
                return True
            self._went_forward(answer, size)
        elif is_transient(answer) or answer.status in {_NO_LOGIN, _NOT_FOUND, _WRONG_RANGE}:
            # The login was renewed by now; whatever else is wrong, the registry says how much it has.
            if not self._patience.wait(answer):
                raise self._refused(answer)
            return self._is_found(is_wrong_place=answer.status == _WRONG_RANGE)
        elif answer.status == _TOO_LARGE and size > _SMALL_BYTES:
            self._chunk_bytes = size // 4  # a proxy before the registry has a limit of its own
            return self._is_found()
        elif self._is_old and not size and "DIGEST_INVALID" in answer.codes:
            raise _WholeOnlyError  # what an earlier run sent was not this blob
        elif not size or answer.status in _FINAL or answer.status >= 500:
            raise self._refused(answer)
        else:
            raise _WholeOnlyError
        return False

    def _send_piece(self, size: int) -> Answer:
        last = self._offset + size - 1
        headers = {"content-type": _BINARY, "content-range": f"{self._offset}-{last}"}
        body = Body(size_bytes=size, pieces=self._source.take(size, start=self._offset))
        return self._target.client.send_once(self._request("PATCH", url=self._url, headers=headers, body=body))

    def _went_forward(self, answer: Answer, size: int) -> None:
        self._offset += size
        received = answer.received_bytes
        if received is not None and received != self._offset:
            raise _WholeOnlyError  # it took the piece, but not as a piece
        self._at(answer, base=self._url)

    def _is_found(self, *, is_wrong_place: bool = False) -> bool:
        """Find out where the registry is, to go on there; true when it has the whole blob already."""
        before = self._offset
        if before == self._blob.size_bytes and self._target.has(self._blob):
            return True
        # One byte cannot be told from none (`Range: 0-0`), and an answer that leads nowhere is not believed twice.
        if not self._resume(self._url) or (is_wrong_place and self._offset == before):
            self._begin("")
        return False

    def _resume(self, url: str) -> bool:
        if not url or urlsplit(url).netloc != urlsplit(self._target.client.url("/")).netloc:
            return False
        answer = self._target.client.send(self._request("GET", url=url))
        received = answer.received_bytes
        if answer.status not in {200, 202, 204} or received is None or received > self._blob.size_bytes:
            return False
        self._offset = received
        self._at(answer, base=url)
        return True

    def _begin(self, location: str) -> None:
        self._offset = 0
        if location:
            self._url = location
            self._entry.remember(location)
            return
        url = self._target.client.url(f"/v2/{self._target.image.repository}/blobs/uploads/")
        answer = self._target.client.send(self._request("POST", url=url))
        if answer.status != 202 or not answer.headers.get("location"):
            raise self._refused(answer)
        least = answer.headers.get("oci-chunk-min-length", "")
        self._chunk_bytes = max(self._target.chunk_bytes, int(least) if least.isdecimal() else 0)
        self._at(answer, base=url)

    def _at(self, answer: Answer, *, base: str) -> None:
        self._url = self._target.client.absolute(answer.headers.get("location") or base, base=base)
        self._entry.remember(self._url)

    def _whole(self, location: str) -> None:
        """Send all of it with one request; when that breaks off, it has to be sent again from its beginning."""
        self._patience.renew()
        while True:
            self._begin(location)
            location = ""
            pieces = self._source.take(self._blob.size_bytes, start=0)
            body = Body(size_bytes=self._blob.size_bytes, pieces=pieces) if self._blob.size_bytes else b""
            headers = {"content-type": _BINARY}
            request = self._request("PUT", url=self._with_digest(), headers=headers, body=body)
            try:
                answer = self._target.client.send_once(request)
            except LostError as error:
                if not self._patience.wait():
                    raise self._target.client.unreachable(error) from error
            else:
                if answer.status in {201, 204}:
                    return
                if not (is_transient(answer) or answer.status == _NO_LOGIN) or not self._patience.wait(answer):
                    raise self._refused(answer)
            if self._target.has(self._blob):
                return

    def _with_digest(self) -> str:
        return f"{self._url}{'&' if urlsplit(self._url).query else '?'}digest={self._blob.digest}"

    def _request(
        self, method: str, *, url: str, headers: dict[str, str] | None = None, body: bytes | Body = b""
    ) -> Request:
        return Request(method=method, target=url, scopes=self._target.scopes, headers=headers or {}, body=body)

    def _refused(self, answer: Answer) -> RegistryError:
        return self._target.refused(answer, f"the upload of {self._blob.digest}")
