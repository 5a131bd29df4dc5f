"""TLS covers gRPC alone."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import grpc
import pytest

from tests.contract.modelserver.asking import answer
from tests.modelserver.running import eventually, stays

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.modelserver.conftest import StartServer
    from tests.contract.modelserver.watched import Versions

pytestmark = pytest.mark.contract


def _self_signed(folder: Path) -> tuple[str, str]:
    """Key and certificate for 127.0.0.1, in PEM."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject]
    subprocess.run(
        [*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True, timeout=60
    )
    return key.read_text(), certificate.read_text()


def _quoted(pem: str) -> str:
    return '"' + pem.replace("\n", "\\n") + '"'


def test_with_a_certificate_grpc_is_encrypted_and_rest_stays_plain(
    start_server: StartServer, versions: Versions, tmp_path: Path
) -> None:
    key, certificate = _self_signed(tmp_path)
    config = tmp_path / "ssl.config"
    config.write_text(f"server_key: {_quoted(key)}\nserver_cert: {_quoted(certificate)}\n")
    versions.add(1)

    server = start_server("--model_name=m", f"--model_base_path={versions.path}", f"--ssl_config_file={config}")

    assert answer(server, "m") == 3.0
    with grpc.secure_channel(server.target, grpc.ssl_channel_credentials(certificate.encode())) as encrypted:
        grpc.channel_ready_future(encrypted).result(timeout=60)
    with grpc.insecure_channel(server.target) as plain:
        states: list[grpc.ChannelConnectivity] = []
        plain.subscribe(states.append, try_to_connect=True)
        eventually(lambda: grpc.ChannelConnectivity.TRANSIENT_FAILURE in states, timeout_s=60)
        assert stays(lambda: grpc.ChannelConnectivity.READY not in states, for_s=0.5)
