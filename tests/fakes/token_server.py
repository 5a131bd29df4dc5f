"""A token server as Artifact Registry has one: it turns a Google login into a token for the scopes that are allowed.

Real is the wire: the distribution project's token authentication, whose registry checks signature, scope and time.
Artifact Registry's part is who may log in: `oauth2accesstoken` with an access token, `_json_key` with a key file.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from google.auth import crypt, jwt

from tests.fakes.background import in_background
from tests.testbed.certificates import Certificate

ISSUER: Final = "tfk8s-test-tokens"
SERVICE: Final = "us-central1-docker.pkg.dev"
REGISTRYS_LEEWAY_S: Final = 60  # distribution 3.1 takes a token for this long after its end
_SCOPE: Final = re.compile(r"(?P<kind>[a-z]+):(?P<name>[^:]+(?::\d+)?[^:]*):(?P<actions>[a-z,*]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCall:
    """One request for a token.

    Attributes:
        account: user name, "" for nobody, "refresh" for an identity token.
        scopes: what was asked for, as `repository:NAME:ACTIONS`.
        granted: what the token allows, in the same form.
        status: of the answer.
    """

    method: str
    account: str
    scopes: tuple[str, ...]
    granted: tuple[str, ...]
    status: int


@dataclass(slots=True, kw_only=True)
class TokenServer:
    """What the server knows; a test may change it at any time.

    Attributes:
        signer: certificate that the registry trusts (`auth.token.rootcertbundle`).
        port: on 127.0.0.1.
        accounts: pairs of user name and secret.
        refresh_tokens: identity tokens, as a credential helper gives them under the user `<token>`.
        denied: pairs of a pattern of repositories and an action (`pull`, `push`) that nobody gets.
        public: pattern of the repositories that anybody may pull.
        lifetime_s: after so many seconds the registry takes a token no longer; 0 or less is never taken at all.
        calls: every request, in order.
        issued: every token that was given out.
    """

    signer: Certificate
    port: int = 0
    accounts: set[tuple[str, str]] = field(default_factory=set, repr=False)
    refresh_tokens: set[str] = field(default_factory=set, repr=False)
    denied: set[tuple[str, str]] = field(default_factory=set)
    public: str = r"(?!)"
    lifetime_s: int = 3600
    calls: list[TokenCall] = field(default_factory=list)
    issued: list[str] = field(default_factory=list, repr=False)

    def allow_google(self, access_token: str) -> None:
        """Let an access token of Google log in."""
        self.accounts.add(("oauth2accesstoken", access_token))

    def allow_json_key(self, text: str) -> None:
        """Let a service account's key file log in, as it is and in base64."""
        self.accounts.add(("_json_key", text))
        self.accounts.add(("_json_key_base64", base64.b64encode(text.encode()).decode()))

    def deny(self, action: str, *, repositories: str = ".*") -> None:
        """Take an action away from everybody."""
        self.denied.add((repositories, action))

    def config(self) -> dict[str, object]:
        """The registry's `auth` section. The realm is the registry's own host, as with Artifact Registry."""
        return {
            "token": {
                "realm": "unused with autoredirect",
                "autoredirect": True,
                "autoredirectpath": "/v2/token",
                "service": SERVICE,
                "issuer": ISSUER,
                "rootcertbundle": str(self.signer.certificate),
            }
        }

    def answer(self, method: str, *, authorization: str, fields: dict[str, list[str]]) -> tuple[int, dict[str, object]]:
        """Decide on one request; returns status and document."""
        scopes = tuple(scope for value in fields.get("scope", []) for scope in value.split())
        account = self._account(authorization, fields=fields)
        if account is None:
            self.calls.append(TokenCall(method=method, account="?", scopes=scopes, granted=(), status=401))
            return 401, {"errors": [{"code": "UNAUTHORIZED", "message": "authentication failed"}]}
        access = [entry for scope in scopes if (entry := self._access(scope, account=account))]
        granted = tuple(f"{entry['type']}:{entry['name']}:{','.join(entry['actions'])}" for entry in access)
        self.calls.append(TokenCall(method=method, account=account, scopes=scopes, granted=granted, status=200))
        token = self._token(account, access=access)
        return 200, {"token": token, "access_token": token, "expires_in": max(self.lifetime_s, 1)}

    def _account(self, authorization: str, *, fields: dict[str, list[str]]) -> str | None:
        if refresh := fields.get("refresh_token"):
            return "refresh" if refresh[0] in self.refresh_tokens else None
        if "password" in fields:
            login = (fields.get("username", [""])[0], fields["password"][0])
        elif authorization:
            kind, _, encoded = authorization.partition(" ")
            if kind.lower() != "basic":
                return None
            name, _, secret = base64.b64decode(encoded).decode().partition(":")
            login = (name, secret)
        else:
            return ""
        return login[0] if login in self.accounts else None

    def _access(self, scope: str, *, account: str) -> dict[str, Any] | None:
        parts = _SCOPE.fullmatch(scope)
        if parts is None:
            return None
        name = parts["name"]
        asked = [action for action in parts["actions"].split(",") if action]
        if not account:
            asked = [action for action in asked if action == "pull" and re.fullmatch(self.public, name)]
        kept = [
            action
            for action in asked
            if not any(kind == action and re.fullmatch(pattern, name) for pattern, kind in self.denied)
        ]
        return {"type": parts["kind"], "name": name, "actions": kept}

    def _token(self, account: str, *, access: list[dict[str, Any]]) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": account,
            "aud": SERVICE,
            "iat": now,
            "nbf": now - 1,
            "exp": now + self.lifetime_s - REGISTRYS_LEEWAY_S,
            "jti": str(len(self.issued)),
            "access": access,
        }
        key = crypt.RSASigner.from_string(self.signer.key.read_text())
        encoded: bytes = jwt.encode(key, claims, header={"x5c": [self.signer.der_base64()]})
        self.issued.append(encoded.decode())
        return self.issued[-1]


@contextmanager
def token_server(signer: Certificate) -> Iterator[TokenServer]:
    """Run a token server on a free port of 127.0.0.1; it answers GET and POST on any path."""
    state = TokenServer(signer=signer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(parse_qs(urlsplit(self.path).query))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._answer(parse_qs(body.decode()))

        def _answer(self, fields: dict[str, list[str]]) -> None:
            authorization = self.headers.get("Authorization", "")
            status, document = state.answer(self.command, authorization=authorization, fields=fields)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name of the base class
            del format, args

    with in_background(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        state.port = port
        yield state
