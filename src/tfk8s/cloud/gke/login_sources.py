"""Where Google logins are found. Each source is looked at by itself, so that no search starts programs or waits long.

`google.auth.default` would do: but it runs `gcloud` to learn a project that nobody asked for, and waits up to 12 s for
a metadata server that is not there (google-auth 2.63).
"""

from __future__ import annotations

import functools
import json
import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfk8s.cloud.gke.login_errors import LOGIN_HINT, USER_REMEDY
from tfk8s.errors import PreconditionError

if TYPE_CHECKING:
    import requests
    from google.auth.credentials import Credentials

SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
TOKEN_VARIABLES: Final = ("CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN")
TOKEN_FILE_VARIABLE: Final = "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"  # noqa: S105 - the name of a variable
_TOKEN_REMEDY = 'put in a new one: "gcloud auth print-access-token" prints it, good for an hour'  # noqa: S105 - no token
_KEY_REMEDY = "look whether the key still exists (gcloud iam service-accounts keys list) and whether the clock is right"
_METADATA_ADDRESS = "169.254.169.254"
_METADATA_TIMEOUT_S = 3.0
_REQUEST_TIMEOUT_S = 10.0
_REREAD_S = 300
"""google-auth reads a token again after that time, less the 225 s that it is early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A login and where it came from.

    Attributes:
        name: in the user's words, as `the file /home/me/key.json`.
        remedy: what to do when the login is no longer good.
        credentials: makes what Google's client libraries take.
        read_token: for a token that is simply there, so that google-auth (11 MB of memory) need not be loaded.
    """

    name: str
    remedy: str
    credentials: Callable[[], Credentials] = field(repr=False)
    read_token: Callable[[], str] | None = field(default=None, repr=False)


def bounded_request(session: requests.Session) -> Callable[..., object]:
    """google-auth's requests, none of which waits longer than ten seconds (its own default is 120)."""
    from google.auth.transport.requests import Request

    return functools.partial(Request(session), timeout=_REQUEST_TIMEOUT_S)


def token_source(environ: Mapping[str, str]) -> Source | None:
    """An access token in a variable, or in a file that is read again whenever the token is asked for.

    Raises:
        PreconditionError: the file cannot be read, or what is there is no token.
    """
    for variable in TOKEN_VARIABLES:
        if text := environ.get(variable, "").strip():
            name = f"variable {variable}"
            return _token_source(name, read=functools.partial(_token, text, source=name))
    file = environ.get(TOKEN_FILE_VARIABLE, "")
    if not file:
        return None
    name = f"the file {file} ({TOKEN_FILE_VARIABLE})"
    return _token_source(name, read=lambda: _token(_text(Path(file), name=name).strip(), source=name))


def _token_source(name: str, *, read: Callable[[], str]) -> Source:
    def refreshed(_: object, scopes: object = None) -> tuple[str, datetime]:
        del scopes
        return read(), datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(seconds=_REREAD_S)

    def credentials() -> Credentials:
        from google.oauth2.credentials import Credentials

        return Credentials(token=None, refresh_handler=refreshed)

    read()  # what is no token is told at once
    return Source(name=name, remedy=_TOKEN_REMEDY, credentials=credentials, read_token=read)


def file_source(environ: Mapping[str, str]) -> Source | None:
    """The file that the environment names, or that gcloud wrote.

    Raises:
        PreconditionError: the environment names one that does not exist, or it holds no login.
    """
    named = environ.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    path = Path(named) if named else _gcloud_folder(environ) / "application_default_credentials.json"
    if not named and not path.is_file():
        return None
    name = f"the file {path}" + (" (GOOGLE_APPLICATION_CREDENTIALS)" if named else "")
    text = _text(path, name=name)
    try:
        info: object = json.loads(text)
    except ValueError as error:
        raise _no_login(name, "it is not JSON") from error
    if not isinstance(info, dict):
        raise _no_login(name, "it is no JSON object")
    remedy = _KEY_REMEDY if info.get("type") == "service_account" else USER_REMEDY
    credentials = _loaded(info, name=name)
    return Source(name=name, remedy=remedy, credentials=lambda: credentials)


def metadata_source(environ: Mapping[str, str], *, session: requests.Session) -> Source | None:
    """The metadata server, when there is one: https://cloud.google.com/compute/docs/metadata/querying-metadata."""
    import requests

    if environ.get("NO_GCE_CHECK") == "true":
        return None
    variables = ("GCE_METADATA_HOST", "GCE_METADATA_ROOT", "GCE_METADATA_IP")
    host = next(filter(None, map(environ.get, variables)), _METADATA_ADDRESS)
    try:
        answer = session.get(
            f"http://{host}/", headers={"Metadata-Flavor": "Google"}, timeout=_METADATA_TIMEOUT_S, allow_redirects=False
        )
    except requests.RequestException:
        return None
    if answer.headers.get("Metadata-Flavor") != "Google":
        return None
    from google.auth import compute_engine

    return Source(
        name=f"the metadata server {host}",
        remedy="look at the service account of this machine or pod",
        credentials=lambda: compute_engine.Credentials(scopes=SCOPES),
    )


def _loaded(info: dict[str, object], *, name: str) -> Credentials:
    import google.auth
    from google.auth import exceptions
    from google.auth.credentials import with_scopes_if_required

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the file is the user's own choice; a quota project changes nothing here
            credentials, _ = google.auth.load_credentials_from_dict(info)
    except (exceptions.GoogleAuthError, ValueError) as error:
        kind = info.get("type")
        what = f"its type {kind!r} is unknown or fields are missing" if kind else "it has no type"
        raise _no_login(name, what) from error
    scoped: Credentials = with_scopes_if_required(credentials, SCOPES)
    return scoped


def _gcloud_folder(environ: Mapping[str, str]) -> Path:
    if configured := environ.get("CLOUDSDK_CONFIG"):
        return Path(configured)
    if os.name == "nt":
        return Path(environ.get("APPDATA", "")) / "gcloud"
    return Path(environ.get("HOME") or Path.home()) / ".config" / "gcloud"


def _text(path: Path, *, name: str) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise PreconditionError(f"{name} cannot be read: {error.strerror}", hint=LOGIN_HINT) from error
    except UnicodeDecodeError as error:
        raise _no_login(name, "it is not text") from error


def _token(text: str, *, source: str) -> str:
    if not (text.isascii() and text.isprintable()) or not text or " " in text:
        raise PreconditionError(f"{source} holds no access token", hint=_TOKEN_REMEDY)
    return text


def _no_login(name: str, why: str) -> PreconditionError:
    return PreconditionError(f"{name} holds no Google login: {why}", hint=LOGIN_HINT)
