"""An HTTP session for one endpoint: which certificates it trusts, and where it connects for which name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
from requests.auth import AuthBase

from tfk8s.ports import Credential, Endpoint
from tfk8s.serving.http_head import TimelyAdapter
from tfk8s.serving.loopback import is_loopback

_DEFAULT_PORTS = {"http": 80, "https": 443}


class _NamedAdapter(TimelyAdapter):
    """Connects to an address and speaks to a name: the name is what the certificate must be for."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, server_hostname=self._name, assert_hostname=self._name, **options)


class _Shown(AuthBase):
    """Shows a credential; with one, requests asks no netrc for another."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._credential.header] = self._credential.value
        return request


def session_for(endpoint: Endpoint, *, ca_file: Path | None = None) -> requests.Session:
    """Make the session; nothing is sent.

    Args:
        endpoint: with an `address`, connections go there while requests and certificates name its `host`.
        ca_file: PEM certificates to trust in place of the usual ones.
    """
    session = requests.Session()
    for scheme in _DEFAULT_PORTS:
        session.mount(f"{scheme}://", TimelyAdapter())
    # A proxy of the environment cannot reach this computer's loopback, and netrc has nothing for it.
    session.trust_env = not is_loopback(endpoint.dialed)
    if ca_file is not None:
        session.verify = str(ca_file)
        session.trust_env = False  # else a bundle of the environment would be taken in its place
    if endpoint.credential is not None:
        session.auth = _Shown(endpoint.credential)
    if endpoint.address:
        is_usual = endpoint.port == _DEFAULT_PORTS[endpoint.scheme]
        session.headers["Host"] = endpoint.host if is_usual else endpoint.authority
        if endpoint.scheme == "https":
            session.mount("https://", _NamedAdapter(endpoint.host))
    return session
