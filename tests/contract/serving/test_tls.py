"""A server behind TLS: asked at an address under the name of its certificate, trusted only as told."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.fakes.background import in_background
from tests.testbed.certificates import Certificate, authority, server_certificate
from tfk8s.cli.cluster_options import Aim
from tfk8s.cli.wiring import up_world
from tfk8s.ports import (
    ClusterAccess,
    ClusterEndpoint,
    Endpoint,
    ServerRefusedError,
    ServerUntrustedError,
    SilentReporter,
    Transport,
    VersionState,
)
from tfk8s.serving.connect import ModelServerClients, Timeouts
from tfk8s.spec import ModelSpec, ServiceSpec

pytestmark = pytest.mark.contract

NAME = "resnet.example.com"
STATUS = {"model_version_status": [{"version": "1", "state": "AVAILABLE", "status": {}}]}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return authority(tmp_path_factory.mktemp("tls"), name="tests of tfk8s")


@pytest.fixture(scope="module")
def certificate(issuer: Certificate) -> Certificate:
    return server_certificate(issuer, names=[NAME])


@contextmanager
def https_server(certificate: Certificate, *, asked: list[str]) -> Iterator[int]:
    """Answers every request with a status, and keeps the names that it was asked under: SNI, then Host."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(str(self.headers["Host"]))
            body = json.dumps(STATUS).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            del format, args

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    context.sni_callback = lambda _socket, name, _context: asked.append(str(name))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with in_background(server) as port:
        yield port


@contextmanager
def grpcs_server(certificate: Certificate, *, asked: list[str]) -> Iterator[int]:
    """Refuses every call, and keeps who asked."""

    def refuse(_request: bytes, context: grpc.ServicerContext) -> bytes:
        asked.append(context.peer())
        context.abort(grpc.StatusCode.NOT_FOUND, "no such model")
        return b""

    method = grpc.unary_unary_rpc_method_handler(refuse)
    handler = grpc.method_handlers_generic_handler("tensorflow.serving.ModelService", {"GetModelStatus": method})
    key, chain = certificate.key.read_bytes(), certificate.certificate.read_bytes()
    with futures.ThreadPoolExecutor(max_workers=2) as pool:
        server = grpc.server(pool, handlers=[handler])
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, chain)]))
        server.start()
        try:
            yield port
        finally:
            server.stop(None).wait(timeout=60)


def endpoint(transport: Transport, port: int, *, host: str = NAME) -> Endpoint:
    return Endpoint(transport=transport, host=host, port=port, how="test", scheme="https", address="127.0.0.1")


def clients(ca_file: Path | None) -> ModelServerClients:
    return ModelServerClients(timeouts=Timeouts(connect_s=20.0, total_s=60.0), ca_file=ca_file)


def test_rest_connects_to_the_address_and_asks_under_the_name(issuer: Certificate, certificate: Certificate) -> None:
    asked: list[str] = []
    with (
        https_server(certificate, asked=asked) as port,
        clients(issuer.certificate).connect(endpoint("rest", port)) as server,
    ):
        (state,) = server.status("m")

    assert state.is_available
    assert asked == [NAME, f"{NAME}:{port}"]


def test_up_trusts_the_authority_that_it_is_given(
    issuer: Certificate, certificate: Certificate, tmp_path: Path
) -> None:
    place = ClusterEndpoint(
        server="https://127.0.0.1:1", ca_certificate=issuer.certificate.read_bytes(), token=lambda: "t"
    )
    access = ClusterAccess(context="demo", kubeconfig=None, is_current=False, endpoint=place)
    aim = Aim(spec_file=tmp_path / "tfk8s.yaml", namespace=None, context=None, kubeconfig=None)
    spec = ServiceSpec(api_version="tfk8s.dev/v1", name="svc", model=ModelSpec(name="m", source="./m"))

    def ask(ca_file: Path | None) -> tuple[VersionState, ...]:
        world = up_world(aim, spec=spec, reporter=SilentReporter(), ca_file=ca_file)
        with world.connect(access).access.servers.connect(endpoint("rest", port)) as server:
            return tuple(server.status("m"))

    with https_server(certificate, asked=[]) as port:
        assert [state.is_available for state in ask(issuer.certificate)] == [True]
        with pytest.raises(ServerUntrustedError):
            ask(None)


def test_grpc_connects_to_the_address_and_asks_under_the_name(issuer: Certificate, certificate: Certificate) -> None:
    asked: list[str] = []
    with (
        grpcs_server(certificate, asked=asked) as port,
        clients(issuer.certificate).connect(endpoint("grpc", port)) as server,
        pytest.raises(ServerRefusedError, match="no such model"),
    ):
        server.status("m")

    assert len(asked) == 1


@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_an_authority_that_is_not_known_here_is_no_server_that_is_not_there(
    transport: Transport, certificate: Certificate
) -> None:
    serve = https_server if transport == "rest" else grpcs_server
    with (
        serve(certificate, asked=[]) as port,
        clients(None).connect(endpoint(transport, port)) as server,
        pytest.raises(ServerUntrustedError) as refused,
    ):
        server.status("m")

    assert "--ca-file" in (refused.value.hint or "")


@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_a_certificate_for_another_name_is_not_trusted(
    transport: Transport, issuer: Certificate, certificate: Certificate
) -> None:
    serve = https_server if transport == "rest" else grpcs_server
    with (
        serve(certificate, asked=[]) as port,
        clients(issuer.certificate).connect(endpoint(transport, port, host="other.example.com")) as server,
        pytest.raises(ServerUntrustedError),
    ):
        server.status("m")
