"""Google logins through google-auth, for clusters and registries alike: found once, refreshed when needed, never shown.

The sources are those of `gcloud` and of Google's client libraries, in this order:

1. an access token: CLOUDSDK_AUTH_ACCESS_TOKEN, CLOUDSDK_AUTH_ACCESS_TOKEN_FILE, GOOGLE_OAUTH_ACCESS_TOKEN
2. the file that GOOGLE_APPLICATION_CREDENTIALS names (service account, workload identity federation, ...)
3. the file that `gcloud auth application-default login` writes
4. the metadata server of a Google machine, pod or build
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfk8s.cloud.gke.login_errors import NoLoginError, explained
from tfk8s.cloud.gke.login_sources import Source, bounded_request, file_source, metadata_source, token_source
from tfk8s.ports import Login

if TYPE_CHECKING:
    import requests
    from google.auth.credentials import Credentials

REGISTRY_USER = "oauth2accesstoken"
"""https://cloud.google.com/artifact-registry/docs/docker/authentication#token."""


class GoogleLogin:
    """One found login. Its token is asked for when it is needed, and again before it runs out; safe for threads."""

    def __init__(self, source: Source, *, session: requests.Session) -> None:
        """Take where it was found, and the session that refreshes it."""
        self._source, self._session = source, session
        self._lock = threading.Lock()
        self._made: Credentials | None = None

    def __repr__(self) -> str:
        """Where it was found, and nothing of it."""
        return f"GoogleLogin({self._source.name})"

    @property
    def credentials(self) -> Credentials:
        """For Google's client libraries, which refresh them by themselves."""
        if self._made is None:
            self._made = self._source.credentials()
        return self._made

    @property
    def source(self) -> str:
        """Where it was found, in the user's words."""
        return self._source.name

    def token(self) -> str:
        """An access token that is valid for some minutes more.

        Raises:
            PreconditionError: the login expired, was revoked, or Google's token server does not answer.
        """
        if self._source.read_token is not None:
            return self._source.read_token()
        with self._lock:
            credentials = self.credentials
            if not credentials.valid:
                with explained(self._source.name, remedy=self._source.remedy):
                    credentials.refresh(bounded_request(self._session))
            return str(credentials.token)


def google_login(*, environ: Mapping[str, str] = os.environ, session: requests.Session | None = None) -> GoogleLogin:
    """Find the login of this computer; only a metadata server is asked for anything yet, for 3 s at most.

    Args:
        environ: variables that say where to look.
        session: for the requests that refresh it.

    Raises:
        NoLoginError: there is none.
        PreconditionError: the one that the environment names cannot be used.
    """
    import requests

    session = session or requests.Session()
    for find in (token_source, file_source):
        source = find(environ)
        if source is not None:
            return GoogleLogin(source, session=session)
    session.trust_env = False  # no proxy stands between a machine and its own metadata server
    source = metadata_source(environ, session=session)
    if source is None:
        raise NoLoginError
    return GoogleLogin(source, session=session)


def google_credentials() -> Credentials:
    """The credentials for Google's client libraries, with the scope cloud-platform.

    Raises:
        PreconditionError: as `google_login`.
    """
    return google_login().credentials


def access_token() -> str:
    """An access token of this computer's login, found anew; keep a `GoogleLogin` to ask more than once.

    Raises:
        PreconditionError: as `google_login` and `GoogleLogin.token`.
    """
    return google_login().token()


class GoogleLogins:
    """Implements `tfk8s.ports.Logins` for Artifact Registry and for what it hosts of gcr.io."""

    def __init__(self, find: Callable[[], GoogleLogin] = google_login) -> None:
        """Look for the login when a host of Google's is asked for, and only once."""
        self._find = find
        self._found: GoogleLogin | None = None
        self._has_looked = False

    def login(self, host: str) -> Login | None:
        """The login for `*.pkg.dev`, `gcr.io` and `*.gcr.io`; None for any other host, and when there is none here.

        A public image is had without a login, and Docker may know one that Google's libraries do not.
        """
        if not is_google_registry(host):
            return None
        if not self._has_looked:
            self._found = self._look()
            self._has_looked = True
        found = self._found
        if found is None:
            return None
        return Login(username=REGISTRY_USER, secret=found.token(), source=found.source)

    def _look(self) -> GoogleLogin | None:
        try:
            return self._find()
        except NoLoginError:
            return None


def is_google_registry(host: str) -> bool:
    """Whether the host (with or without a port) is a registry of Google's."""
    name = host.rpartition(":")[0] or host
    return name == "gcr.io" or name.endswith((".pkg.dev", ".gcr.io"))
