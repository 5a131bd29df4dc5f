"""What can be set about connections to registries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tfk8s.image.patience import TRIES
from tfk8s.image.upload import CHUNK_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryOptions:
    """How registries are reached.

    Attributes:
        ca_file: certificates of authorities to trust instead of those that came with `requests`.
        plain_http: hosts, with port, that the user allows to speak HTTP; they are never shown a login. A registry on
            this computer needs no mention.
        timeout_s: for a connection, and for each time that a registry is silent.
        tries: how often a request is sent that may be repeated, while the registry is in passing trouble.
        chunk_bytes: size of the pieces of an upload.
    """

    ca_file: Path | None = None
    plain_http: frozenset[str] = frozenset()
    timeout_s: float = 60.0
    tries: int = TRIES
    chunk_bytes: int = CHUNK_BYTES


def ca_file_from(environ: Mapping[str, str]) -> Path | None:
    """The file of certificates that the environment names: for `requests`, for curl, or for OpenSSL."""
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    return next((Path(environ[name]) for name in names if environ.get(name)), None)
