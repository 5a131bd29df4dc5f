"""Logins of Docker's configuration file, with its credential helpers, and logins of several places in turn."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from tfk8s.errors import PreconditionError
from tfk8s.image.credential_helper import HelperLogin, run_helper
from tfk8s.image.reference import DOCKER_HUB
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import Login, Logins

_HUB_KEY: Final = "https://index.docker.io/v1/"
"""Under which `docker login` keeps Docker Hub's login (docker/cli, cli/command/registry)."""

_TOKEN_USER: Final = "<token>"  # noqa: S105
"""The user name with which a helper says that the secret is an identity token (docker-credential-helpers)."""


def docker_config_path(environ: Mapping[str, str]) -> Path:
    """Where Docker's configuration is: in the directory DOCKER_CONFIG, else in ~/.docker."""
    folder = environ.get("DOCKER_CONFIG")
    return (Path(folder) if folder else Path(environ.get("HOME") or "~").expanduser() / ".docker") / "config.json"


class ChainedLogins:
    """Implements `tfk8s.ports.Logins`: the first that has a login for the host wins."""

    def __init__(self, *logins: Logins) -> None:
        """Take them in the order in which they are asked."""
        self._logins = logins

    def login(self, host: str) -> Login | None:
        """See `tfk8s.ports.Logins.login`."""
        found = (logins.login(host) for logins in self._logins)
        return next((login for login in found if login is not None), None)


class DockerConfigLogins:
    """Implements `tfk8s.ports.Logins` with the file that `docker login` writes; it is read when it is needed."""

    def __init__(self, path: Path, *, run: Callable[[str, str], HelperLogin | None] = run_helper) -> None:
        """Take the file, and what runs a credential helper: its short name and the host in, a login out."""
        self._path, self._run = path, run

    def login(self, host: str) -> Login | None:
        """The host's own helper is asked first, then the file, then the helper for all hosts, as Docker does it.

        Raises:
            PreconditionError: the file cannot be read, or a helper that is set for the host failed.
        """
        config = self._config()
        keys = tuple(_keys(host))
        helpers = _object(config.get("credHelpers"))
        for key in keys:
            if isinstance(helper := helpers.get(key), str):
                return self._helped(helper, key)
        auths = _object(config.get("auths"))
        for key in keys:
            if (found := self._stored(_object(auths.get(key)), key)) is not None:
                return found
        if isinstance(store := config.get("credsStore"), str) and store:
            return self._helped(store, keys[0])
        return None

    def _config(self) -> JsonObject:
        try:
            document: JsonValue = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no JSON"
            raise PreconditionError(
                f"the logins in {self._path} cannot be read: {why}", hint="mend the file, or log in again"
            ) from error
        return _object(document)

    def _helped(self, helper: str, key: str) -> Login | None:
        found = self._run(helper, key)
        if found is None:
            return None
        source = f"the credential helper {helper} of {self._path}"
        if found.username == _TOKEN_USER:
            return Login(username="", secret="", identity_token=found.secret, source=source)
        return Login(username=found.username, secret=found.secret, source=source)

    def _stored(self, entry: JsonObject, key: str) -> Login | None:
        token, packed = entry.get("identitytoken"), entry.get("auth")
        source = str(self._path)
        if isinstance(token, str) and token:
            return Login(username="", secret="", identity_token=token, source=source)
        if isinstance(packed, str) and packed:
            username, secret = self._unpacked(packed, key)
            return Login(username=username, secret=secret, source=source)
        name, password = entry.get("username"), entry.get("password")
        if isinstance(name, str) and isinstance(password, str) and name:
            return Login(username=name, secret=password, source=source)
        return None

    def _unpacked(self, packed: str, key: str) -> tuple[str, str]:
        try:
            username, colon, secret = base64.b64decode(packed, validate=True).decode().partition(":")
        except ValueError:
            colon = username = secret = ""
        if not colon:  # raised outside, so that no part of the secret hangs on the exception
            raise PreconditionError(
                f"the login for {key} in {self._path} cannot be read", hint=f"log in again: docker login {key}"
            )
        return username, secret.rstrip("\0")


def _keys(host: str) -> Iterator[str]:
    if host == DOCKER_HUB:
        yield _HUB_KEY
        yield "index.docker.io"
    yield host
    yield f"https://{host}"
    yield f"https://{host}/v1/"
    yield f"https://{host}/v2/"


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}
