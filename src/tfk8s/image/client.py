"""Speaks to one registry: finds out its scheme, logs in, follows redirects, and repeats what is safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

from tfk8s.clock import Clock
from tfk8s.errors import RegistryError
from tfk8s.image.answer import Answer, Body, Exchanger, LostError, NoTlsError
from tfk8s.image.patience import TRIES, Patience, is_transient
from tfk8s.image.reference import api_host, is_loopback
from tfk8s.image.tokens import Authenticator, TokenRequest
from tfk8s.ports import Logins

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS: Final = 5
_UNAUTHORIZED: Final = 401
_BAD_REQUEST: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to a registry.

    Attributes:
        method: HTTP's.
        target: path below the registry's host, or a complete URL that the registry gave.
        scopes: what a token must allow.
        headers: beside the login.
        body: a streamed one is sent once, whatever happens.
        is_streamed: whether the body of a success is left to be read.
    """

    method: str
    target: str
    scopes: tuple[str, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Body = b""
    is_streamed: bool = False


class RegistryClient:
    """One registry, reached over the wire that all share."""

    def __init__(
        self,
        registry: str,
        *,
        wire: Exchanger,
        logins: Logins,
        clock: Clock,
        is_plain_http: bool = False,
        tries: int = TRIES,
    ) -> None:
        """Nothing is sent yet.

        Args:
            registry: as image names have it.
            wire: sends single requests.
            logins: where the login is.
            clock: for waits.
            is_plain_http: the user allowed HTTP; no login is sent then, except to this computer.
            tries: how often a request is sent while there is passing trouble.
        """
        self.registry = registry
        self._host, self._wire, self._clock, self._tries = api_host(registry), wire, clock, tries
        self._scheme = "http" if is_plain_http else None if is_loopback(self._host) else "https"
        self.auth = Authenticator(registry, logins=logins, ask=self._ask, clock=clock)

    def send(self, request: Request) -> Answer:
        """Send a request that may be repeated, until there is an answer that is no passing trouble.

        Raises:
            PreconditionError: the certificate is not trusted, or a login cannot be had.
            RegistryError: the registry cannot be reached, or leads to where nothing may be sent.
        """
        patience = Patience(self._clock, tries=self._tries)
        while True:
            try:
                answer = self.send_once(request)
            except LostError as error:
                if not patience.wait():
                    raise self.unreachable(error) from error
                continue
            if not is_transient(answer) or not patience.wait(answer):
                return answer

    def send_once(self, request: Request) -> Answer:
        """Send a request, and once more after the registry asked for a login, unless its body is streamed.

        Raises:
            LostError: there was no answer; what came of the request is not known.
            RegistryError: as `send`.
        """
        answer = self._follow(request)
        if answer.status != _UNAUTHORIZED or not self._learn(answer, request):
            return answer
        return answer if isinstance(request.body, Body) else self._follow(request)

    def absolute(self, location: str, *, base: str) -> str:
        """Complete a URL that an answer named; a registry behind a proxy may name HTTP when it means its own HTTPS.

        Raises:
            RegistryError: it leads to HTTP.
        """
        found = urlsplit(urljoin(base, location))
        if found.scheme == "http" and found.netloc == urlsplit(base).netloc and base.startswith("https:"):
            found = found._replace(scheme="https")
        own = found.netloc == self._host and found.scheme == self._scheme
        if not own and found.scheme != "https" and not (found.scheme == "http" and is_loopback(found.netloc)):
            raise RegistryError(
                f"the registry {self.registry} leads to {found.netloc or location[:80]!r} without HTTPS",
                hint="the registry's configuration has to be mended",
            )
        return urlunsplit(found)

    def url(self, target: str) -> str:
        """The URL for a path of the registry."""
        return target if "://" in target else f"{self._found_scheme()}://{self._host}{target}"

    def unreachable(self, error: LostError) -> RegistryError:
        """The error for a registry that does not answer."""
        return RegistryError(
            f"the registry {self.registry} cannot be reached: {error}",
            hint="look at the host's name and the network, then run the same command again",
        )

    def _follow(self, request: Request) -> Answer:
        url = self.url(request.target)
        for _ in range(_MAX_REDIRECTS):
            answer = self._exchange(replace(request, target=url))
            if answer.status not in _REDIRECTS or request.method not in {"GET", "HEAD"}:
                return answer
            url = self.absolute(answer.headers.get("location", ""), base=url)
        raise RegistryError(f"the registry {self.registry} leads in circles", hint="run the same command again later")

    def _exchange(self, request: Request) -> Answer:
        headers = dict(request.headers)
        # Another host, as the storage behind the registry, is shown nothing.
        login = self.auth.header(request.scopes) if self._is_own(request.target) and self._is_private() else None
        if login is not None:
            headers["authorization"] = login
        answer = self._wire.exchange(
            request.method, request.target, headers=headers, body=request.body, is_streamed=request.is_streamed
        )
        if login is None or not answer.body:
            return answer
        return replace(answer, body=answer.body.replace(login.partition(" ")[2].encode(), b"***"))

    def _learn(self, answer: Answer, request: Request) -> bool:
        return self.auth.learn(answer, scopes=request.scopes, is_private=self._is_private())

    def _is_private(self) -> bool:
        return self._scheme == "https" or is_loopback(self._host)

    def _is_own(self, url: str) -> bool:
        address = urlsplit(url)
        return address.netloc == self._host and address.scheme == self._scheme

    def _found_scheme(self) -> str:
        """HTTPS, except on this computer, where a registry may do without: asked in the clear, without a login.

        A server of TLS answers that with 400, or not at all, and only then is it worth to read the certificates.
        """
        if self._scheme is None:
            try:
                answer = self._wire.exchange("GET", f"http://{self._host}/v2/", headers={})
                is_plain = answer.status != _BAD_REQUEST and answer.status not in _REDIRECTS
            except LostError:
                is_plain = False
            self._scheme = "http" if is_plain else self._tried_tls()
        return self._scheme

    def _tried_tls(self) -> str:
        try:
            self._wire.exchange("GET", f"https://{self._host}/v2/", headers={})
        except NoTlsError:
            return "http"
        return "https"

    def _ask(self, request: TokenRequest) -> Answer:
        """A token server is asked again when it does not answer: a token more harms nobody."""
        patience = Patience(self._clock, tries=self._tries)
        method = "GET" if request.form is None else "POST"
        while True:
            try:
                answer = self._wire.exchange(method, request.url, headers=request.headers, body=request.form or b"")
            except LostError as error:
                if not patience.wait():
                    server = urlsplit(request.url).netloc
                    raise RegistryError(
                        f"the token server {server} of the registry {self.registry} cannot be reached: {error}",
                        hint="look at the network, then run the same command again",
                    ) from error
                continue
            if not is_transient(answer) or not patience.wait(answer):
                return answer
