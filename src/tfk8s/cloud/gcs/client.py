"""Requests to Cloud Storage's JSON API: the login, trying again, and every refusal in the user's words.

https://cloud.google.com/storage/docs/json_api/v1 and https://cloud.google.com/storage/docs/retry-strategy. All requests
of ours may be made twice: each write names the generation that it takes the place of.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from tfk8s.clock import Clock
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import objects_at, text_at, value_at

if TYPE_CHECKING:
    import requests

logger = logging.getLogger(__name__)

ENDPOINT: Final = "https://storage.googleapis.com"

LIST: Final = "storage.objects.list"
CREATE: Final = "storage.objects.create"
COPY: Final = "storage.objects.get and storage.objects.create"
DELETE: Final = "storage.objects.delete"

_TIMEOUTS_S: Final = (10.0, 120.0)
_PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
_LONGEST_PAUSE_S: Final = 30.0
MOST_PARTS: Final = 10_000
"""Of one answer: pages of a thousand objects, or pieces of a copy; more is a server that never ends."""

_TRANSIENT: Final = frozenset({408, 429, 500, 502, 503, 504})
_FIELDS: Final = "items(name,size,md5Hash,generation,metadata),prefixes,nextPageToken"


class PreconditionFailedError(Exception):
    """The object is no longer at the generation that the request named; its caller looks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """An object as a listing tells it.

    Attributes:
        name: of the object, with all its prefix.
        md5: of its content, base64; "" for one that was composed of others.
        digest: what we noted on it when it was written.
    """

    name: str
    size_bytes: int
    md5: str
    generation: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request came to."""

    code: int
    headers: Mapping[str, str]
    body: JsonObject


class StorageClient:
    """One bucket, with one login."""

    def __init__(
        self,
        bucket: str,
        *,
        token: Callable[[], str],
        session: requests.Session,
        clock: Clock,
        endpoint: str = ENDPOINT,
        most_parts: int = MOST_PARTS,
    ) -> None:
        """Nothing is sent yet; `token` is asked for before each request."""
        self.bucket, self.endpoint, self.clock, self.most_parts = bucket, endpoint, clock, most_parts
        self._token, self._session = token, session

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        """Every object whose name begins so, in the order of names.

        Raises:
            PreconditionError: no such bucket, no right, or nobody answers.
        """
        for page in self._pages({"prefix": prefix}):
            for item in objects_at(page, "items"):
                yield StoredObject(
                    name=text_at(item, "name"),
                    size_bytes=int(text_at(item, "size") or 0),
                    md5=text_at(item, "md5Hash"),
                    generation=text_at(item, "generation"),
                    digest=text_at(item, "metadata", "tfk8s-digest"),
                )

    def folders(self, prefix: str) -> Iterator[str]:
        """The names directly below a prefix that others lie below, with their slash."""
        for page in self._pages({"prefix": prefix, "delimiter": "/"}):
            prefixes = value_at(page, "prefixes")
            yield from (str(name) for name in prefixes or ()) if isinstance(prefixes, list) else ()

    def begin(self, name: str, *, metadata: JsonObject, size_bytes: int, generation: str) -> str:
        """Begin a resumable upload; returns its address, which is as good as a login for this one object.

        Raises:
            PreconditionFailedError: the object is at another generation.
        """
        answer = self.send(
            "POST",
            f"{self.endpoint}/upload/storage/v1/b/{quote(self.bucket, safe='')}/o",
            right=CREATE,
            parameters={"uploadType": "resumable", "name": name, "ifGenerationMatch": generation},
            headers={"X-Upload-Content-Length": str(size_bytes)},
            json=metadata,
        )
        return answer.headers.get("Location", "")

    def copy(self, source: str, target: str, *, generation: str) -> None:
        """Copy an object within the bucket; the bytes stay in Google's network.

        Raises:
            PreconditionFailedError: the target is at another generation.
        """
        address = f"{self._object(source)}/rewriteTo/b/{quote(self.bucket, safe='')}/o/{quote(target, safe='')}"
        parameters = {"ifGenerationMatch": generation}
        for _ in range(self.most_parts):
            answer = self.send("POST", address, right=COPY, parameters=parameters)
            token = text_at(answer.body, "rewriteToken")
            if answer.body.get("done") is not False or not token:
                return
            parameters = {**parameters, "rewriteToken": token}
        raise self._endless(f"the copy of {source}")

    def delete(self, item: StoredObject) -> None:
        """Delete an object at the generation that was seen; nothing when it is gone or another one by now."""
        try:
            self.send(
                "DELETE", self._object(item.name), right=DELETE, parameters={"ifGenerationMatch": item.generation}
            )
        except PreconditionFailedError:
            logger.info("%s is another object by now", item.name)

    def send(
        self,
        method: str,
        address: str,
        *,
        right: str,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: JsonObject | None = None,
        data: bytes | None = None,
        accepted: tuple[int, ...] = (),
    ) -> Answer:
        """One request, made again while that may help; answers below 300, and those accepted, come back.

        Raises:
            PreconditionFailedError: 412.
            PreconditionError: any other refusal, or nobody answers.
        """
        import requests

        is_fresh = False
        for pause_s in (*_PAUSES_S, None):
            sent = {"Authorization": f"Bearer {self._token()}", **(headers or {})}
            try:
                response = self._session.request(
                    method,
                    address,
                    params=parameters,
                    headers=sent,
                    json=json,
                    data=data,
                    timeout=_TIMEOUTS_S,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                if pause_s is None:
                    raise self._unreachable(error) from None  # its text holds addresses of uploads
                self.clock.sleep(pause_s)
                continue
            code = response.status_code
            if code < HTTPStatus.MULTIPLE_CHOICES or code in accepted:
                return Answer(code=code, headers=response.headers, body=_body(response))
            if code == HTTPStatus.UNAUTHORIZED and not is_fresh:
                is_fresh = True  # a token that ran out between being asked for and arriving
                continue
            if code not in _TRANSIENT or pause_s is None:
                if method == "DELETE" and code == HTTPStatus.NOT_FOUND:
                    return Answer(code=code, headers={}, body={})
                raise self._refused(code, _body(response), right=right)
            self.clock.sleep(max(pause_s, _retry_after_s(response.headers)))
        raise AssertionError("the last attempt returns or raises")

    def _pages(self, parameters: Mapping[str, str]) -> Iterator[JsonObject]:
        token = ""
        address = f"{self.endpoint}/storage/v1/b/{quote(self.bucket, safe='')}/o"
        for _ in range(self.most_parts):
            asked = {**parameters, "fields": _FIELDS, **({"pageToken": token} if token else {})}
            page = self.send("GET", address, right=LIST, parameters=asked).body
            yield page
            token = text_at(page, "nextPageToken")
            if not token:
                return
        raise self._endless(f"the list of {parameters['prefix']}")

    def _endless(self, what: str) -> PreconditionError:
        return PreconditionError(
            f"{what} in bucket {self.bucket} has no end after {self.most_parts} answers",
            hint="look at what answers in the place of Cloud Storage; a narrower path in the bucket lists less",
        )

    def _object(self, name: str) -> str:
        return f"{self.endpoint}/storage/v1/b/{quote(self.bucket, safe='')}/o/{quote(name, safe='')}"

    def _unreachable(self, error: Exception) -> PreconditionError:
        return PreconditionError(
            f"Cloud Storage does not answer ({type(error).__name__})",
            hint="look at the network and at HTTPS_PROXY, then run the same command again: it goes on where this ended",
        )

    def _refused(self, code: int, body: JsonObject, *, right: str) -> PreconditionError | PreconditionFailedError:
        said = text_at(body, "error", "message")
        details = (f"Cloud Storage says: {said}",) if said else ()
        if code == HTTPStatus.PRECONDITION_FAILED:
            return PreconditionFailedError()
        if code == HTTPStatus.UNAUTHORIZED:
            return PreconditionError(
                "the Google login is not accepted by Cloud Storage: it is wrong or has expired",
                hint="log in again: gcloud auth application-default login",
            )
        if code == HTTPStatus.FORBIDDEN:
            return PreconditionError(
                f"the Google login may not do this in gs://{self.bucket}: it lacks {right}",
                hint=f"grant it: gcloud storage buckets add-iam-policy-binding gs://{self.bucket} "
                "--member=... --role=roles/storage.objectUser",
                details=details,
            )
        if code == HTTPStatus.NOT_FOUND:
            return PreconditionError(
                f"there is no bucket gs://{self.bucket}, or this object of it is gone",
                hint="correct the source in the spec, or make the bucket: gcloud storage buckets create",
                details=details,
            )
        return PreconditionError(
            f"Cloud Storage cannot do it now (HTTP status {code})",
            hint="run the same command again in a minute: it goes on where this one ended",
            details=details,
        )


def _body(response: requests.Response) -> JsonObject:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after_s(headers: Mapping[str, str]) -> float:
    value = headers.get("Retry-After", "")
    return min(float(value), _LONGEST_PAUSE_S) if value.isdigit() else 0.0
