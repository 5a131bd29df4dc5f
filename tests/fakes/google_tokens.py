"""Google's token endpoint and a machine's metadata server on loopback, over real HTTP; both keep what they were asked.

The token endpoint checks the signature of a service account's assertion, as Google's does, and knows the refresh tokens
that it was told of.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import google.auth.jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tfk8s.manifest import JsonObject

ACCOUNT = "robot@project.example"
_AUDIENCE = "https://oauth2.googleapis.com/token"  # what google-auth signs, whatever endpoint the file names
_METADATA = "/computeMetadata/v1/instance/service-accounts/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """A service account's key file, and the certificate-less public half that the token endpoint knows."""

    info: JsonObject
    public: bytes


def service_account(*, token_uri: str) -> ServiceAccount:
    """Make a key as `gcloud iam service-accounts keys create` does."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    info: JsonObject = {
        "type": "service_account",
        "project_id": "project",
        "private_key_id": "k1",
        "private_key": private.decode(),
        "client_email": ACCOUNT,
        "token_uri": token_uri,
    }
    return ServiceAccount(info=info, public=public)


@dataclass
class GoogleTokens:
    """Both servers.

    Attributes:
        host: address and port of both.
        lifetime_s: of the tokens that are given out.
        refusal: (status, body) that the token endpoint answers in place of a token.
        is_google: whether the metadata server names itself as Google's do.
        has_account: whether the machine has a service account.
        asked: path and form fields of each request, in order.
    """

    host: str = ""
    lifetime_s: int = 3600
    refusal: tuple[int, JsonObject] | None = None
    is_google: bool = True
    has_account: bool = True
    public_key: bytes = b""
    refresh_tokens: set[str] = field(default_factory=set)
    given: list[str] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def token_uri(self) -> str:
        """Where tokens are had."""
        return f"http://{self.host}/token"

    def new_token(self) -> JsonObject:
        """A token that nobody had before."""
        token = f"ya29.fake-{len(self.given)}"
        self.given.append(token)
        return {"access_token": token, "expires_in": self.lifetime_s, "token_type": "Bearer"}

    def grant(self, form: dict[str, str]) -> tuple[int, JsonObject]:
        """Answer the token endpoint."""
        if self.refusal is not None:
            return self.refusal
        kind = form.get("grant_type")
        if kind == "refresh_token" and form.get("refresh_token") in self.refresh_tokens:
            return 200, self.new_token()
        if kind == "urn:ietf:params:oauth:grant-type:jwt-bearer" and self._is_signed(form["assertion"]):
            return 200, self.new_token()
        return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}

    def metadata(self, path: str) -> tuple[int, JsonObject | None]:
        """Answer the metadata server; None for its root."""
        if path == "/":
            return 200, None
        if not self.has_account:
            return 404, {}
        if path == f"{_METADATA}default/":
            return 200, {"email": ACCOUNT, "scopes": ["https://www.googleapis.com/auth/cloud-platform"], "aliases": []}
        return (200, self.new_token()) if path == f"{_METADATA}default/token" else (404, {})

    def _is_signed(self, assertion: str) -> bool:
        try:
            claims = google.auth.jwt.decode(assertion, certs=self.public_key, audience=_AUDIENCE)
        except ValueError:
            return False
        return bool(claims["iss"] == ACCOUNT and "cloud-platform" in claims["scope"])


@contextmanager
def google_tokens() -> Iterator[GoogleTokens]:
    """Run both servers on one free port of loopback."""
    tokens = GoogleTokens()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(text).items()}
            tokens.asked.append((self.path, form))
            self._answer(*tokens.grant(form))

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            tokens.asked.append((parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}))
            if self.headers.get("Metadata-Flavor") != "Google":
                self._answer(403, {})
                return
            self._answer(*tokens.metadata(parts.path))

        def _answer(self, status: int, body: JsonObject | None) -> None:
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            if tokens.is_google:
                self.send_header("Metadata-Flavor", "Google")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        tokens.host = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield tokens
        finally:
            server.shutdown()
            thread.join(timeout=60)
