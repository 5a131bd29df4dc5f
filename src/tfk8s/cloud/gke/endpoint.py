"""Where a Google API is asked: at Google, or at another address that the environment names.

The other address is written as gcloud takes it, `https://HOST[:PORT]`. Plain `http://` never leaves this computer.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tfk8s.errors import PreconditionError


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiEndpoint:
    """Where an API is.

    Attributes:
        address: host with its port.
        is_plain: without TLS and without a login; only on this computer.
    """

    address: str
    is_plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleApi:
    """One API of Google's.

    Attributes:
        name: as messages call it.
        host: where it is asked, unless the environment says otherwise.
        variables: that may name another address; the first one that is set counts.
    """

    name: str
    host: str
    variables: tuple[str, ...]

    def endpoint(self, environ: Mapping[str, str]) -> ApiEndpoint:
        """The address that the environment names, or Google's.

        Raises:
            PreconditionError: it is no address of a gRPC server, or would send a login in the clear.
        """
        for variable in self.variables:
            if text := environ.get(variable, ""):
                return self._parsed(text, variable=variable)
        return ApiEndpoint(address=f"{self.host}:443")

    def _parsed(self, text: str, *, variable: str) -> ApiEndpoint:
        try:
            url = urlsplit(text)
            host, port = url.hostname, url.port
        except ValueError:
            url, host, port = urlsplit(""), None, None
        if url.scheme not in ("http", "https") or not host or url.path not in ("", "/") or url.query or url.username:
            raise PreconditionError(
                f"{variable} is no address of {self.name}",
                hint="write it as https://HOST or https://HOST:PORT, without a path",
            )
        is_plain = url.scheme == "http"
        if is_plain and not _is_loopback(host):
            raise PreconditionError(
                f"{variable} names {host} without TLS, which is for this computer alone", hint="write https://"
            )
        shown = f"[{host}]" if ":" in host else host
        return ApiEndpoint(address=f"{shown}:{port or (80 if is_plain else 443)}", is_plain=is_plain)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
