"""Certificates that live as long as a test run: an authority of our own and what it signs, made by openssl."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.testbed.process import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_DAYS: Final = "2"
_TIMEOUT_S: Final = 30.0
_AUTHORITY: Final = """[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = {name}
[extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign, digitalSignature
subjectKeyIdentifier = hash
"""
_SERVER: Final = """[req]
prompt = no
distinguished_name = name
[name]
CN = {name}
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path

    def der_base64(self) -> str:
        """The certificate as one line, the form of an `x5c` header in a JSON web token."""
        lines = self.certificate.read_text().splitlines()
        start, end = lines.index("-----BEGIN CERTIFICATE-----"), lines.index("-----END CERTIFICATE-----")
        return base64.b64encode(base64.b64decode("".join(lines[start + 1 : end]))).decode()


def authority(folder: Path, *, name: str) -> Certificate:
    """Make an authority that signs itself, with an RSA key."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(certificate=folder / "authority.crt", key=folder / "authority.key")
    config = folder / "authority.cnf"
    config.write_text(_AUTHORITY.format(name=name))
    key = ("-newkey", "rsa:2048", "-nodes", "-keyout", made.key)
    run(
        ["openssl", "req", "-x509", "-config", config, *key, "-days", _DAYS, "-out", made.certificate],
        timeout_s=_TIMEOUT_S,
    )
    return made


def server_certificate(issuer: Certificate, *, names: Sequence[str]) -> Certificate:
    """Make a server's certificate beside the authority's.

    Args:
        issuer: Who signs it.
        names: Host names and addresses that it is good for.
    """
    folder = issuer.certificate.parent
    made = Certificate(certificate=folder / "server.crt", key=folder / "server.key")
    config, request = folder / "server.cnf", folder / "server.csr"
    config.write_text(_SERVER.format(name=names[0], names=", ".join(map(_alternative, names))))
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", made.key)
    run(["openssl", "req", "-new", "-config", config, *key, "-out", request], timeout_s=_TIMEOUT_S)
    signer = ("-CA", issuer.certificate, "-CAkey", issuer.key, "-CAcreateserial")
    extensions = ("-extfile", config, "-extensions", "extensions")
    files = ("-in", request, "-out", made.certificate)
    run(["openssl", "x509", "-req", *files, *signer, *extensions, "-days", _DAYS], timeout_s=_TIMEOUT_S)
    return made


def _alternative(name: str) -> str:
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"
