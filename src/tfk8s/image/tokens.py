"""Turns a registry's challenge and a login into an `Authorization` header (the token specification of distribution)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode, urlsplit

from tfk8s.clock import Clock
from tfk8s.errors import RegistryError
from tfk8s.image.answer import Answer
from tfk8s.image.challenge import Challenge, union
from tfk8s.image.reference import is_loopback
from tfk8s.image.refusal import login_hint
from tfk8s.ports import Login, Logins

_CLIENT: Final = "tfk8s"
_LIFE_S: Final = 60.0
"""How long a token is good when its answer does not say, by the token specification."""

_MARGIN_S: Final = 5.0


_DENIALS: Final = frozenset({401, 403})


class LoginRefusedError(RegistryError):
    """A token server gives no token for what was shown to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A request to a token server: a GET, or with a form a POST."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    form: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    value: str = field(repr=False)
    good_until_s: float


class Authenticator:
    """Keeps what one registry needs to be shown: a token for each set of scopes, or a password."""

    def __init__(self, registry: str, *, logins: Logins, ask: Callable[[TokenRequest], Answer], clock: Clock) -> None:
        """Take the registry's name, where its login is, and what sends a request to a token server."""
        self._registry, self._logins, self._ask, self._clock = registry, logins, ask, clock
        self._challenge: Challenge | None = None
        self._basic: str | None = None
        self._tokens: dict[tuple[str, ...], _Token] = {}
        self._asked: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.tried = ""
        """Which login was shown last, in the user's words; "" while none was needed."""

    def header(self, scopes: tuple[str, ...]) -> str | None:
        """The header for a request that needs these scopes; None while the registry has not asked for any.

        Raises:
            RegistryError: the token server refused, or cannot be read.
        """
        if self._basic is not None:
            return self._basic
        if self._challenge is None:
            return None
        wanted = union(scopes)
        token = self._tokens.get(wanted)
        if token is None or token.good_until_s <= self._clock.monotonic_s():
            # What the registry itself asked for after the same request may be wider than what we knew to ask for.
            joined = union((*wanted, *self._asked.get(wanted, ())))
            token = self._tokens[wanted] = self._fetch(self._challenge, joined)
        return f"Bearer {token.value}"

    def learn(self, answer: Answer, *, scopes: tuple[str, ...], is_private: bool) -> bool:
        """Take in a 401, so that `header` has something new to show; false when there is nothing to try.

        Args:
            answer: with the challenges.
            scopes: what the request needed.
            is_private: whether nobody on the way can read what is sent to the registry.

        Raises:
            RegistryError: it asks for a login over a connection that is not private.
        """
        offered = {challenge.scheme: challenge for challenge in reversed(answer.challenges)}
        if offered and not is_private:
            raise RegistryError(
                f"the registry {self._registry} asks for a login over a connection that is not encrypted",
                hint="give the registry a certificate; a login is sent over HTTPS alone",
            )
        if (bearer := offered.get("bearer")) is not None and bearer.parameters.get("realm"):
            self._challenge = bearer
            self._tokens.pop(union(scopes), None)
            self._asked[union(scopes)] = tuple(bearer.parameters.get("scope", "").split())
            return True
        login = self._login() if "basic" in offered else None
        before, self._basic = self._basic, _basic(login) if login is not None and login.secret else None
        return self._basic not in {None, before}

    def _login(self) -> Login | None:
        login = self._logins.login(self._registry)
        self.tried = (login.source or "a login without a known source") if login else "no login"
        return login

    def _fetch(self, challenge: Challenge, scopes: tuple[str, ...]) -> _Token:
        realm, service = challenge.parameters["realm"], challenge.parameters.get("service", "")
        address = urlsplit(realm)
        if address.scheme != "https" and not (address.scheme == "http" and is_loopback(address.netloc)):
            raise RegistryError(
                f"the registry {self._registry} names a token server without HTTPS ({address.netloc or realm!r})",
                hint="credentials are sent over HTTPS alone; the registry's configuration has to be mended",
            )
        login = self._login()
        answer = self._ask(_token_request(realm, service=service, scopes=scopes, login=login))
        return self._read(answer, host=address.netloc)

    def _read(self, answer: Answer, *, host: str) -> _Token:
        if answer.status != 200:
            raise self._refused(answer, host=host)
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):
            document = None
        found = document if isinstance(document, dict) else {}
        value = found.get("token") or found.get("access_token")
        if not isinstance(value, str) or not (value.isascii() and value.isprintable()):
            raise RegistryError(
                f"the token server {host} of the registry {self._registry} gave no token", hint="try again later"
            )
        life = found.get("expires_in")
        life_s = float(life) if isinstance(life, (int, float)) and life > 0 else _LIFE_S
        # A token that lives shorter than the margin is used at once, and renewed when it is refused.
        return _Token(value=value, good_until_s=self._clock.monotonic_s() + max(life_s - _MARGIN_S, 1.0))

    def _refused(self, answer: Answer, *, host: str) -> RegistryError:
        kind = LoginRefusedError if answer.status in _DENIALS else RegistryError
        return kind(
            f"the token server {host} of the registry {self._registry} refused with HTTP {answer.status}; "
            f"tried: {self.tried}",
            hint=login_hint(self._registry),
        )


def _token_request(realm: str, *, service: str, scopes: tuple[str, ...], login: Login | None) -> TokenRequest:
    fields = [("service", service)] if service else []
    if login is not None and login.identity_token:
        form = [
            ("grant_type", "refresh_token"),
            *fields,
            ("client_id", _CLIENT),
            ("scope", " ".join(scopes)),
            ("refresh_token", login.identity_token),
        ]
        return TokenRequest(
            url=realm, headers={"content-type": "application/x-www-form-urlencoded"}, form=urlencode(form).encode()
        )
    query = urlencode([*fields, *(("scope", scope) for scope in scopes)])
    joint = "&" if urlsplit(realm).query else "?"
    return TokenRequest(
        url=f"{realm}{joint}{query}" if query else realm,
        headers={"authorization": _basic(login)} if login is not None and login.secret else {},
    )


def _basic(login: Login) -> str:
    return "Basic " + base64.b64encode(f"{login.username}:{login.secret}".encode()).decode()
