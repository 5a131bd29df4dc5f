"""Google logins: the real google-auth against a token endpoint and a metadata server on loopback."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from google.auth.transport.requests import Request
from requests.adapters import HTTPAdapter

from tests.fakes.google_tokens import GoogleTokens, google_tokens, service_account
from tfk8s.cloud.gke.login import GoogleLogin, GoogleLogins, access_token, google_credentials, google_login
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject

pytestmark = pytest.mark.contract

SECRET = "1//refresh-token-of-somebody"  # noqa: S105 - what must not be seen anywhere
NOBODY = "http://127.0.0.1:1/token"
NO_MACHINE = {"NO_GCE_CHECK": "true"}


@pytest.fixture
def tokens() -> Iterator[GoogleTokens]:
    with google_tokens() as running:
        yield running


def _file(folder: Path, content: JsonObject | str) -> Path:
    path = folder / "login.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def _key_file(folder: Path, tokens: GoogleTokens) -> Path:
    account = service_account(token_uri=tokens.token_uri)
    tokens.public_key = account.public
    return _file(folder, account.info)


def _user_folder(folder: Path, tokens: GoogleTokens) -> dict[str, str]:
    """What `gcloud auth application-default login` leaves behind."""
    content: JsonObject = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": SECRET}
    (folder / "application_default_credentials.json").write_text(json.dumps(content))
    tokens.refresh_tokens.add(SECRET)
    return {"CLOUDSDK_CONFIG": str(folder)}


class _ToLoopback(HTTPAdapter):
    """google-auth knows one token endpoint for people's logins, whatever their file says: send it to the fake."""

    def __init__(self, tokens: GoogleTokens) -> None:
        super().__init__()
        self._uri = tokens.token_uri

    def send(self, request: requests.PreparedRequest, *args: object, **options: object) -> requests.Response:
        request.url = self._uri
        return super().send(request, timeout=60)


def _login(environ: dict[str, str], tokens: GoogleTokens) -> GoogleLogin:
    session = requests.Session()
    session.mount("https://", _ToLoopback(tokens))
    return google_login(environ={"HOME": "/nonexistent", **NO_MACHINE, **environ}, session=session)


def test_a_service_account_signs_and_is_given_a_token(tmp_path: Path, tokens: GoogleTokens) -> None:
    key = _key_file(tmp_path, tokens)

    login = _login({"GOOGLE_APPLICATION_CREDENTIALS": str(key)}, tokens)

    assert [login.token(), login.token()] == ["ya29.fake-0", "ya29.fake-0"]
    assert login.source == f"the file {key} (GOOGLE_APPLICATION_CREDENTIALS)"


def test_a_token_that_runs_out_is_asked_for_again(tmp_path: Path, tokens: GoogleTokens) -> None:
    tokens.lifetime_s = 60
    login = _login({"GOOGLE_APPLICATION_CREDENTIALS": str(_key_file(tmp_path, tokens))}, tokens)

    assert [login.token(), login.token()] == ["ya29.fake-0", "ya29.fake-1"]


def test_the_login_of_a_person_is_found_where_gcloud_leaves_it(tmp_path: Path, tokens: GoogleTokens) -> None:
    login = _login(_user_folder(tmp_path, tokens), tokens)

    assert login.token() == "ya29.fake-0"
    assert [form["grant_type"] for _, form in tokens.asked] == ["refresh_token"]


def test_a_login_that_was_revoked_says_how_to_log_in_again(tmp_path: Path, tokens: GoogleTokens) -> None:
    login = _login(_user_folder(tmp_path, tokens), tokens)
    tokens.refresh_tokens.clear()

    with pytest.raises(PreconditionError, match="expired or was revoked") as caught:
        login.token()

    assert caught.value.hint == "log in again: gcloud auth application-default login"
    assert "error: invalid_grant" in caught.value.details
    assert str(tmp_path) in caught.value.message


def test_a_key_that_was_deleted_says_to_look_at_the_keys(tmp_path: Path, tokens: GoogleTokens) -> None:
    login = _login({"GOOGLE_APPLICATION_CREDENTIALS": str(_key_file(tmp_path, tokens))}, tokens)
    tokens.public_key = service_account(token_uri=tokens.token_uri).public

    with pytest.raises(PreconditionError, match="expired or was revoked") as caught:
        login.token()

    assert "gcloud iam service-accounts keys list" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("error", "message"),
    [("deleted_client", "no longer knows"), ("invalid_scope", "cannot be refreshed"), (None, "cannot be refreshed")],
)
def test_other_refusals_are_told_by_their_code(
    tmp_path: Path, tokens: GoogleTokens, error: str | None, message: str
) -> None:
    login = _login(_user_folder(tmp_path, tokens), tokens)
    tokens.refusal = (400, {"error": error, "error_description": "why"} if error else {"secret": "ya29.leaked"})

    with pytest.raises(PreconditionError, match=message) as caught:
        login.token()

    assert caught.value.details == ((f"error: {error}", "error_description: why") if error else ())


def test_a_token_server_that_is_gone_is_no_bad_login(tmp_path: Path, tokens: GoogleTokens) -> None:
    key = _file(tmp_path, service_account(token_uri=NOBODY).info)

    with pytest.raises(PreconditionError, match="the token server does not answer") as caught:
        _login({"GOOGLE_APPLICATION_CREDENTIALS": str(key)}, tokens).token()

    assert "network" in (caught.value.hint or "")


@pytest.mark.parametrize("variable", ["CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN"])
def test_an_access_token_in_a_variable_comes_before_every_file(
    tmp_path: Path, tokens: GoogleTokens, variable: str
) -> None:
    login = _login({**_user_folder(tmp_path, tokens), variable: "ya29.mine\n"}, tokens)

    assert login.token() == "ya29.mine"
    assert login.source == f"variable {variable}"
    assert tokens.asked == []


def test_a_token_file_is_read_again(tmp_path: Path, tokens: GoogleTokens) -> None:
    file = tmp_path / "token"
    file.write_text("ya29.first\n")
    login = _login({"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(file)}, tokens)
    first = login.token()
    file.write_text("ya29.second\n")
    login.credentials.refresh(Request())

    assert (first, login.token()) == ("ya29.first", "ya29.second")
    assert str(login.credentials.token) == "ya29.second"


@pytest.mark.parametrize("text", ["", "two words", "tök\n"])
def test_a_token_file_without_a_token_is_refused_and_not_shown(tmp_path: Path, tokens: GoogleTokens, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text)

    with pytest.raises(PreconditionError, match="holds no access token") as caught:
        _login({"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(file)}, tokens)

    assert str(file) in caught.value.message
    assert not text or text.strip() not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("not json", "it is not JSON"),
        ("[]", "it is no JSON object"),
        ({"installed": {"client_id": "c"}}, "it has no type"),
        ({"type": "nonsense"}, "type 'nonsense' is unknown or fields are missing"),
        ({"type": "service_account", "client_email": "x"}, "fields are missing"),
        (
            {"type": "service_account", "client_email": "x", "token_uri": "http://x", "private_key": "broken"},
            "fields are missing",
        ),
    ],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, tokens: GoogleTokens, content: JsonObject | str, why: str
) -> None:
    file = _file(tmp_path, content)

    with pytest.raises(PreconditionError, match=why) as caught:
        _login({"GOOGLE_APPLICATION_CREDENTIALS": str(file)}, tokens)

    assert str(file) in caught.value.message
    assert "gcloud auth application-default login" in (caught.value.hint or "")


def test_a_named_file_that_is_missing_is_refused(tmp_path: Path, tokens: GoogleTokens) -> None:
    environ = {**_user_folder(tmp_path, tokens), "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "none.json")}

    with pytest.raises(PreconditionError, match=r"none.json .* cannot be read: No such file"):
        _login(environ, tokens)


def test_without_any_login_every_way_to_get_one_is_named(tokens: GoogleTokens) -> None:
    with pytest.raises(PreconditionError, match="there is no Google login on this computer") as caught:
        _login({}, tokens)

    hint = caught.value.hint or ""
    for way in ("gcloud auth application-default login", "GOOGLE_APPLICATION_CREDENTIALS", "ACCESS_TOKEN"):
        assert way in hint


def test_a_server_that_is_not_googles_is_no_metadata_server(tokens: GoogleTokens) -> None:
    tokens.is_google = False

    with pytest.raises(PreconditionError, match="no Google login"):
        _login({"NO_GCE_CHECK": "", "GCE_METADATA_HOST": tokens.host}, tokens)


@pytest.mark.timed
def test_a_metadata_server_that_is_silent_costs_three_seconds_at_most(tokens: GoogleTokens) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never answers
        start = time.monotonic()
        with pytest.raises(PreconditionError, match="no Google login"):
            _login({"NO_GCE_CHECK": "", "GCE_METADATA_HOST": f"127.0.0.1:{silent.getsockname()[1]}"}, tokens)

    assert time.monotonic() - start < 5


_ASK = "from tfk8s.cloud.gke.login import google_login; import sys; sys.stdout.write(google_login().token())"
_REFUSED = """\
from tfk8s.cloud.gke.login import google_login
from tfk8s.errors import PreconditionError
import sys
try:
    google_login().token()
except PreconditionError as error:
    sys.stdout.write(error.message)
"""


def _elsewhere(code: str, tokens: GoogleTokens) -> subprocess.CompletedProcess[str]:
    """google-auth reads the metadata server's address once, when it is imported: so in a process of its own."""
    environ = {"HOME": "/nonexistent", "PATH": os.environ["PATH"], "GCE_METADATA_HOST": tokens.host}
    # a proxy that is not there: nothing may be sent through it
    environ |= {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, timeout=60)


def test_a_machine_of_googles_has_its_own_login(tokens: GoogleTokens) -> None:
    done = _elsewhere(_ASK, tokens)

    assert (done.stdout, done.stderr) == ("ya29.fake-0", "")


def test_a_machine_without_a_service_account_is_told_apart(tokens: GoogleTokens) -> None:
    tokens.has_account = False

    done = _elsewhere(_REFUSED, tokens)

    assert f"the metadata server {tokens.host} gives no token: the machine has no service account" in done.stdout


def test_googles_registries_are_shown_the_token_and_no_other_host_is(tmp_path: Path, tokens: GoogleTokens) -> None:
    logins = GoogleLogins(lambda: _login({"GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.mine"}, tokens))

    for host in ("us-central1-docker.pkg.dev", "gcr.io", "eu.gcr.io", "europe-docker.pkg.dev:443"):
        login = logins.login(host)
        assert login is not None
        assert (login.username, login.secret) == ("oauth2accesstoken", "ya29.mine")
        assert login.source == "variable GOOGLE_OAUTH_ACCESS_TOKEN"
    for host in (
        "docker.io",
        "pkg.dev.example.com",
        "evilpkg.dev",
        "notgcr.io",
        "gcr.io.example.com",
        "localhost:5000",
    ):
        assert logins.login(host) is None


def test_a_computer_without_a_google_login_is_searched_once_and_then_asks_anonymously(tokens: GoogleTokens) -> None:
    searches: list[str] = []

    def find() -> GoogleLogin:
        searches.append("search")
        return _login({}, tokens)

    logins = GoogleLogins(find)

    assert (logins.login("gcr.io"), logins.login("us-docker.pkg.dev")) == (None, None)
    assert len(searches) == 1


def test_a_google_login_that_does_not_work_is_no_missing_one(tmp_path: Path, tokens: GoogleTokens) -> None:
    environ = _user_folder(tmp_path, tokens)
    tokens.refresh_tokens.clear()

    with pytest.raises(PreconditionError, match="expired or was revoked"):
        GoogleLogins(lambda: _login(environ, tokens)).login("gcr.io")


def test_nothing_secret_is_shown_by_any_value_log_or_error(
    tmp_path: Path, tokens: GoogleTokens, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    login = _login(_user_folder(tmp_path, tokens), tokens)
    token = login.token()
    shown = GoogleLogins(lambda: login).login("gcr.io")
    tokens.refresh_tokens.clear()
    login.credentials.token = None

    with pytest.raises(PreconditionError) as caught:
        login.token()

    texts = (repr(login), str(login), repr(shown), caplog.text, str(caught.value), *caught.value.details)
    for text in texts:
        assert token not in text
        assert SECRET not in text


def test_the_shortcuts_use_the_environment_of_the_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tokens: GoogleTokens
) -> None:
    monkeypatch.setenv("CLOUDSDK_AUTH_ACCESS_TOKEN", "ya29.mine")

    assert access_token() == "ya29.mine"
    credentials = google_credentials()
    credentials.refresh(Request())
    assert str(credentials.token) == "ya29.mine"
