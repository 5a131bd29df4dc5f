"""The command line over TLS with a login, as it speaks to Google; and what it says when the login is no good."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.gke.server import FakeGke
from tests.fakes.google_tokens import GoogleTokens, google_tokens, service_account
from tests.testbed.certificates import authority, server_certificate

pytestmark = pytest.mark.contract

TOKEN = "ya29.let-me-in"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A computer that trusts the server's authority.

    Attributes:
        folder: home and everything else.
    """

    server: FakeGke
    folder: Path

    def run(self, *arguments: str, **environment: str) -> Outcome:
        inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        own = {
            "HOME": str(self.folder),
            "KUBECONFIG": str(self.folder / "kubeconfig"),
            "TFK8S_GKE_ENDPOINT": self.server.endpoint,
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(self.folder / "tls" / "authority.crt"),
            "NO_GCE_CHECK": "true",
        }
        command = [sys.executable, "-m", "tfk8s", *arguments]
        done = subprocess.run(
            command,
            env={**inherited, **own, **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert "Traceback" not in done.stderr
        assert TOKEN not in done.stdout + done.stderr
        return Outcome(code=done.returncode, stdout=done.stdout, stderr=done.stderr)

    def list(self, **environment: str) -> Outcome:
        return self.run("cluster", "list", "--project", "my-project", **environment)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    certificate = server_certificate(authority(tmp_path / "tls", name="tests"), names=["localhost", "127.0.0.1"])
    with FakeGke(certificate=certificate, token=TOKEN) as server:
        yield Desk(server=server, folder=tmp_path)


@pytest.fixture
def tokens() -> Iterator[GoogleTokens]:
    with google_tokens() as running:
        yield running


def key_file(desk: Desk, tokens: GoogleTokens) -> str:
    """The key of a service account, good for the token server of the tests alone."""
    account = service_account(token_uri=tokens.token_uri)
    tokens.public_key = account.public
    file = desk.folder / "key.json"
    file.write_text(json.dumps(account.info))
    return str(file)


def test_a_token_of_the_environment_is_sent_with_every_call(desk: Desk) -> None:
    listed = desk.list(GOOGLE_OAUTH_ACCESS_TOKEN=TOKEN)

    assert listed.code == 0, listed.stderr
    assert dict(desk.server.calls[0].metadata)["authorization"] == f"Bearer {TOKEN}"


def test_a_token_that_google_does_not_take_is_a_login_to_be_made_again(desk: Desk) -> None:
    refused = desk.list(GOOGLE_OAUTH_ACCESS_TOKEN="ya29.of-yesterday")  # noqa: S106

    assert refused.code == 4
    assert "Google does not accept the login, or it has expired" in refused.stderr
    assert "gcloud auth application-default login" in refused.stderr
    assert "ya29.of-yesterday" not in refused.stderr
    assert len(desk.server.calls) == 1


def test_a_login_that_was_revoked_is_told_at_once_and_is_no_lost_connection(desk: Desk, tokens: GoogleTokens) -> None:
    """The library fails each call with UNAVAILABLE then, as if the network were down."""
    tokens.refusal = (400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})

    refused = desk.list(GOOGLE_APPLICATION_CREDENTIALS=key_file(desk, tokens))

    assert refused.code == 4
    assert "expired or was revoked" in refused.stderr
    assert "gcloud iam service-accounts keys list" in refused.stderr
    assert desk.server.calls == []


def test_the_token_of_a_service_account_is_sent(desk: Desk, tokens: GoogleTokens) -> None:
    desk.server.token = "ya29.fake-0"  # noqa: S105 - the first one that the token server of the tests gives

    listed = desk.list(GOOGLE_APPLICATION_CREDENTIALS=key_file(desk, tokens))

    assert listed.code == 0, listed.stderr
    assert tokens.given[0] not in listed.stdout + listed.stderr
    assert dict(desk.server.calls[0].metadata)["authorization"] == "Bearer ya29.fake-0"


def test_no_login_at_all_is_said_before_anything_is_sent(desk: Desk) -> None:
    refused = desk.list()

    assert refused.code == 4
    assert "there is no Google login on this computer" in refused.stderr
    assert desk.server.calls == []
