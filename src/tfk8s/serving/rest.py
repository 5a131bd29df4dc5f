"""The REST client of a model server, on requests."""

from __future__ import annotations

import http.client
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
import urllib3.exceptions

from tfk8s.clock import Clock, SystemClock
from tfk8s.errors import PreconditionError, PredictionError
from tfk8s.manifest import JsonValue
from tfk8s.manifest.json_text import MAX_TEXT_BYTES, read_json
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.ports import (
    Endpoint,
    Latest,
    PredictRequest,
    PredictResponse,
    ServedSignatures,
    ServerUnreachableError,
    ServerUntrustedError,
    Target,
    VersionState,
)
from tfk8s.serving import rest_form
from tfk8s.serving.connect import Timeouts
from tfk8s.serving.http_session import session_for
from tfk8s.serving.iap_answer import is_of_iap
from tfk8s.serving.instances import check_body
from tfk8s.serving.refusal import HttpAnswer, refusal

_LOG = logging.getLogger(__name__)
_CHUNK_BYTES = 1 << 20
_LONGEST_STATUS_BYTES = 4 << 20
"""Of status and metadata; those of a model with a thousand inputs are some hundred kilobytes."""

_LONGEST_PAGE_BYTES = 8 << 20
_MUCH = "check that a model server answers there; of a large prediction ask for less at once"
_SLOW = "a first request may be slow; raise --timeout or send a smaller batch"


class RestModelServer:
    """TensorFlow Serving's REST API at one endpoint; holds a connection until `close`."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        timeouts: Timeouts | None = None,
        ca_file: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Nothing is sent before the first call."""
        self._endpoint = endpoint
        self._timeouts = timeouts or Timeouts()
        self._clock = clock or SystemClock()
        self._session = session_for(endpoint, ca_file=ca_file)
        self._base = f"{endpoint.scheme}://{endpoint.dialed_authority}{endpoint.path}"

    def close(self) -> None:
        """End the connections."""
        self._session.close()

    def status(self, model: str) -> tuple[VersionState, ...]:
        """See ports.ModelServer."""
        path = rest_form.model_path(model, Latest())
        return rest_form.version_states(self._ask("GET", path, asked=f"the status of model {model!r}"))

    def metadata(self, model: str, *, target: Target) -> ServedSignatures:
        """See ports.ModelServer."""
        path = rest_form.model_path(model, target) + "/metadata"
        answer = self._ask("GET", path, asked=f"the metadata of model {model!r}, {target},")
        return rest_form.served_signatures(answer, model=model)

    def predict(self, request: PredictRequest) -> PredictResponse:
        """See ports.ModelServer."""
        check_body(request.body, signature=request.signature)
        path = rest_form.model_path(request.model, request.target) + ":predict"
        answer = self._ask(
            "POST",
            path,
            asked=f"the prediction of model {request.model!r}, {request.target},",
            body=rest_form.predict_body(request),
        )
        return PredictResponse(outputs=rest_form.outputs_by_key(answer, signature=request.signature))

    def page(self, path: str) -> str:
        """The text under a path of the server, such as its metrics; an answer that is an error is refused as others."""
        answer = self._exchange("GET", path, data=None, most_bytes=_LONGEST_PAGE_BYTES)
        if answer.status != requests.codes.ok:
            raise refusal(answer, asked=f"{path} at {self._endpoint.url}")
        return answer.body.decode("utf-8", errors="replace")

    def reload(self, config: ServerConfig) -> None:
        """See ports.ModelServer."""
        del config
        raise PreconditionError(
            f"the REST API at {self._endpoint.url} has no call that changes the configuration",
            hint="connect to the gRPC port (8500 unless changed)",
        )

    def _ask(self, method: str, path: str, *, asked: str, body: JsonValue = None) -> JsonValue:
        # NaN and Infinity are tokens that the server reads and writes.
        data = None if body is None else json.dumps(body, separators=(",", ":")).encode("utf-8")
        most_bytes = _LONGEST_STATUS_BYTES if data is None else MAX_TEXT_BYTES
        answer = self._exchange(method, path, data=data, most_bytes=most_bytes)
        if answer.status != requests.codes.ok:
            raise refusal(answer, asked=f"{asked} at {self._endpoint.url}")
        return _parsed(answer.body)

    def _exchange(self, method: str, path: str, *, data: bytes | None, most_bytes: int) -> HttpAnswer:
        started = self._clock.monotonic_s()
        with _translated(self._endpoint, timeouts=self._timeouts):
            response = self._session.request(
                method,
                self._base + path,
                data=data,
                headers={"Content-Type": "application/json"} if data is not None else {},
                timeout=(self._timeouts.connect_s, self._timeouts.total_s),
                allow_redirects=False,  # a redirected POST becomes a GET
                stream=True,
            )
            with response:
                body = self._body(response, started=started, most_bytes=most_bytes)
        elapsed_s = self._clock.monotonic_s() - started
        _LOG.debug("%s %s: %d in %.3f s", method, path, response.status_code, elapsed_s)
        of_iap = is_of_iap(response.status_code, response.headers)
        return HttpAnswer(status=response.status_code, body=body, elapsed_s=elapsed_s, of_iap=of_iap)

    def _body(self, response: requests.Response, *, started: float, most_bytes: int) -> bytes:
        """All of the answer, within the whole time: the session's own time-out starts anew at each byte."""
        body = bytearray()
        # read1 returns what is there; iter_content waits for a full chunk, however slowly it comes.
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > most_bytes:
                raise PredictionError(
                    f"the answer of {self._endpoint.url} is longer than {most_bytes >> 20} MiB and was not read to "
                    "its end",
                    hint=_MUCH,
                )
            if self._clock.monotonic_s() - started > self._timeouts.total_s:
                raise requests.Timeout
        return bytes(body)


def _parsed(body: bytes) -> JsonValue:
    try:
        # A string tensor may hold bytes that are not UTF-8, which the server writes as they are.
        return read_json(body)
    except json.JSONDecodeError as error:
        raise PredictionError(
            f"the answer is no JSON: {body[:80].decode('utf-8', errors='replace')!r}",
            hint="check that host and port are those of the model server's REST API (8501 unless changed)",
        ) from error
    except ValueError as error:
        raise PredictionError(f"the answer cannot be read: {error}", hint=_MUCH) from error


@contextmanager
def _translated(endpoint: Endpoint, *, timeouts: Timeouts) -> Iterator[None]:
    """The one place where failures of requests become ours."""
    where = f"the model server at {endpoint.url} ({endpoint.how})"
    try:
        yield
    except requests.ConnectTimeout as error:
        raise ServerUnreachableError(
            f"{where} cannot be reached: no connection within {timeouts.connect_s:g} s",
            hint="check the address; a firewall or a missing load balancer swallows connections like this",
        ) from error
    except requests.exceptions.SSLError as error:
        raise ServerUntrustedError(
            f"{where} cannot be asked over TLS: {reason_of(error)}",
            hint="with a certificate authority of your own give --ca-file (apply, predict); else look at "
            "the certificate's names, and whether it has been issued yet",
        ) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        if is_timeout(error):
            raise ServerUnreachableError(f"{where} did not answer within {timeouts.total_s:g} s", hint=_SLOW) from error
        raise ServerUnreachableError(
            f"{where} cannot be reached: {reason_of(error)}",
            hint="check that it runs and that this is its REST port (8501 unless changed; gRPC needs --grpc)",
        ) from error


def is_timeout(error: BaseException) -> bool:
    """Whether time was up: requests reports a time-out in the middle of an answer as a broken connection."""
    return isinstance(error, requests.Timeout) or any(isinstance(link, TimeoutError) for link in _chain(error))


def reason_of(error: BaseException) -> str:
    """What the system said, from the innermost OSError of the chain; else the outermost words."""
    found = "the answer is not HTTP" if _is_not_http(error) else str(error) or type(error).__name__
    for link in _chain(error):
        if isinstance(link, OSError) and link.strerror:
            found = link.strerror
    is_acronym = found[1:2].isupper()
    return (found if is_acronym else found[:1].lower() + found[1:]).rstrip(".")


def _is_not_http(error: BaseException) -> bool:
    """Whether a status line came that is none; none at all is a kind of that to http.client, but not to us."""
    lines = [link for link in _chain(error) if isinstance(link, http.client.BadStatusLine)]
    return any(not isinstance(line, http.client.RemoteDisconnected) for line in lines)


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__
