"""Sends single HTTP requests with `requests`: no redirects, no logins of its own, no foreign exception gets out."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from tfk8s import __version__
from tfk8s.errors import PreconditionError, RegistryError
from tfk8s.image.answer import Answer, Body, LostError, NoTlsError
from tfk8s.image.reference import is_loopback

_LOG = logging.getLogger(__name__)
_CHUNK_BYTES: Final = 1 << 20
_BODY_LIMIT_BYTES: Final = 8 << 20
"""No document of a registry is larger: distribution takes manifests of at most 4 MiB."""

_STREAMED: Final = frozenset({200, 206})


class Wire:
    """Implements `tfk8s.image.answer.Exchanger`: connections to any number of hosts, kept open until `close`."""

    def __init__(self, *, ca_file: Path | None, timeout_s: float) -> None:
        """Nothing is sent yet.

        Args:
            ca_file: certificates to trust instead of those that came with `requests`.
            timeout_s: limit for a connection, and for each time that the other side is silent.
        """
        self._timeout_s, self._ca_file = timeout_s, ca_file
        # A proxy of the environment cannot reach this computer's loopback.
        self._outside, self._inside = requests.Session(), requests.Session()
        self._inside.trust_env = False
        for session in (self._outside, self._inside):
            session.auth = _no_login
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.headers.update({"User-Agent": f"tfk8s/{__version__}", "Accept-Encoding": "identity"})

    def close(self) -> None:
        """End the connections."""
        self._outside.close()
        self._inside.close()

    def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | Body = b"", is_streamed: bool = False
    ) -> Answer:
        """See `tfk8s.image.answer.Exchanger`."""
        host = urlsplit(url).netloc
        session = self._inside if is_loopback(host) else self._outside
        with _Translated(host):
            response = session.request(
                method,
                url,
                data=body,
                headers=dict(headers),
                timeout=self._timeout_s,
                allow_redirects=False,
                verify=True if self._ca_file is None else str(self._ca_file),
                stream=True,
            )
        _LOG.debug("%s %s%s: %d", method, host, urlsplit(url).path, response.status_code)
        found = {name.lower(): value for name, value in response.headers.items()}
        if is_streamed and response.status_code in _STREAMED:
            return Answer(
                status=response.status_code,
                headers=found,
                chunks=lambda: _chunks(response, host=host),
                close=response.close,
            )
        return Answer(status=response.status_code, headers=found, body=_whole(response, host=host))


class _Translated:
    """Turns the exceptions of `requests` into ours."""

    def __init__(self, host: str) -> None:
        self._host = host

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        del kind, trace
        if isinstance(error, requests.exceptions.SSLError):
            raise self._tls(error) from error
        if isinstance(error, requests.exceptions.ProxyError):
            raise LostError(f"the proxy on the way to {self._host} did not answer") from error
        lost = (
            requests.exceptions.ConnectionError,
            requests.exceptions.Timeout,
            requests.exceptions.ChunkedEncodingError,
        )
        if isinstance(error, lost):
            raise LostError(_reason(error)) from error
        # A host name that is none comes out of requests as urllib3's or Python's own exception.
        if isinstance(error, (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, UnicodeError)):
            raise RegistryError(
                f"the address of {self._host} cannot be used ({type(error).__name__})", hint="look at the host's name"
            ) from error
        if isinstance(error, OSError):  # requests reads the file of certificates before it connects
            raise PreconditionError(
                f"the certificates to trust cannot be read: {error.strerror or error}",
                hint="look at REQUESTS_CA_BUNDLE and SSL_CERT_FILE",
            ) from error

    def _tls(self, error: Exception) -> Exception:
        causes = tuple(_causes(error))
        refused = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
        if refused is not None:
            return PreconditionError(
                f"the certificate of {self._host} is not trusted: {refused.verify_message}",
                hint="set SSL_CERT_FILE to the certificate of the authority that signed it",
            )
        if any(isinstance(cause, ssl.SSLError) and _is_no_tls(cause) for cause in causes):
            return NoTlsError(self._host)
        return LostError("the TLS connection failed")


def _is_no_tls(error: ssl.SSLError) -> bool:
    return error.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it was made from, wherever urllib3 keeps it."""
    seen: list[BaseException] = [error]
    while seen:
        found = seen.pop()
        yield found
        below = (found.__cause__, getattr(found, "reason", None), *found.args)
        seen.extend(cause for cause in below if isinstance(cause, BaseException))


def _reason(error: BaseException) -> str:
    """The innermost cause in words of the operating system, where there are any."""
    causes = tuple(_causes(error))
    if any(isinstance(cause, requests.exceptions.Timeout) for cause in causes):
        return "no answer in time"
    told = (cause.strerror for cause in reversed(causes) if isinstance(cause, OSError))
    return next((text.lower() for text in told if isinstance(text, str) and text), "the connection broke")


def _chunks(response: requests.Response, *, host: str) -> Iterator[bytes]:
    with response, _Translated(host):
        yield from response.iter_content(_CHUNK_BYTES)


def _whole(response: requests.Response, *, host: str) -> bytes:
    body = bytearray()
    for chunk in _chunks(response, host=host):
        body += chunk
        if len(body) > _BODY_LIMIT_BYTES:
            raise RegistryError(
                f"an answer of {host} is longer than {_BODY_LIMIT_BYTES >> 20} MiB", hint="is this an image registry?"
            )
    return bytes(body)


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps `requests` from sending what ~/.netrc says."""
    return request
