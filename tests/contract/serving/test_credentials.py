"""Clients show a key or a token with every request, over every way, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import pytest

from tests.fakes.background import in_background
from tfk8s.load import Phase, schedule
from tfk8s.ports import Credential, Endpoint, ServerCode, ServerRefusedError, Transport
from tfk8s.ports.load import LoadRequest
from tfk8s.serving.connect import ModelServerClients
from tfk8s.serving.grpc_client import PREDICT_METHOD
from tfk8s.serving.load import LoadClients

pytestmark = pytest.mark.contract

KEY = Credential(header="x-api-key", value="tfk_right")
WRONG = Credential(header="x-api-key", value="tfk_wrong")
TOKEN = Credential(header="authorization", value="Bearer a.b.c")
STATUS = {"model_version_status": [{"version": "1", "state": "AVAILABLE", "status": {}}]}
PREDICTION = b'{"predictions": [1.0]}'
SHORT = schedule([Phase(rps=20, seconds=0.5)])


@contextmanager
def guarded_http(wanted: Credential) -> Iterator[int]:
    """Refuses whoever does not show it, as Envoy does."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(json.dumps(STATUS).encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(PREDICTION)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            del format, args

        def _answer(self, body: bytes) -> None:
            is_let_in = self.headers.get_all(wanted.header) == [wanted.value]
            body = body if is_let_in else b"Client authentication failed."
            self.send_response(200 if is_let_in else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with in_background(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield port


@contextmanager
def guarded_grpc(wanted: Credential) -> Iterator[int]:
    """The same over gRPC."""

    def answer(_: bytes, context: grpc.ServicerContext) -> bytes:
        if dict(context.invocation_metadata()).get(wanted.header) != wanted.value:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "Client authentication failed.")
        return b""

    method = grpc.unary_unary_rpc_method_handler(answer)
    handlers = [
        grpc.method_handlers_generic_handler("tensorflow.serving.ModelService", {"GetModelStatus": method}),
        grpc.method_handlers_generic_handler("tensorflow.serving.PredictionService", {"Predict": method}),
    ]
    with futures.ThreadPoolExecutor(max_workers=4) as pool:
        server = grpc.server(pool, handlers=handlers)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(None).wait(timeout=60)


GUARDED = {"rest": guarded_http, "grpc": guarded_grpc}
PATHS = {"rest": "/v1/models/m:predict", "grpc": PREDICT_METHOD}


def endpoint(transport: Transport, port: int, shown: Credential | None) -> Endpoint:
    return Endpoint(transport=transport, host="127.0.0.1", port=port, how="test", credential=shown)


@pytest.mark.parametrize("wanted", [KEY, TOKEN])
@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_a_request_shows_what_it_is_given(transport: Transport, wanted: Credential) -> None:
    with GUARDED[transport](wanted) as port, ModelServerClients().connect(endpoint(transport, port, wanted)) as server:
        server.status("m")


@pytest.mark.parametrize("shown", [None, WRONG])
@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_a_refusal_says_what_to_give_and_never_what_was_given(transport: Transport, shown: Credential | None) -> None:
    with (
        GUARDED[transport](KEY) as port,
        ModelServerClients().connect(endpoint(transport, port, shown)) as server,
        pytest.raises(ServerRefusedError) as refused,
    ):
        server.status("m")

    assert refused.value.code is ServerCode.UNAUTHENTICATED
    assert refused.value.from_model_server is False
    assert "--api-key-file" in (refused.value.hint or "")
    assert "tfk_" not in f"{refused.value} {refused.value.details}"


@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_a_load_shows_it_with_every_request(transport: Transport) -> None:
    request = LoadRequest(transport=transport, path=PATHS[transport], body=b"{}" if transport == "rest" else b"")
    with GUARDED[transport](KEY) as port:
        with LoadClients().connect(endpoint(transport, port, KEY)) as sender:
            let_in = sender.send([request], schedule=SHORT)
        with LoadClients().connect(endpoint(transport, port, None)) as sender:
            refused = sender.send([request], schedule=SHORT)

    assert {outcome.failure for outcome in let_in} == {""}
    assert {outcome.failure for outcome in refused} == {"HTTP 401" if transport == "rest" else "UNAUTHENTICATED"}


def test_no_netrc_takes_the_place_of_a_token(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """requests would put the password of another login into the same header."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with guarded_http(TOKEN) as port:
        place = Endpoint(transport="rest", host="localhost", port=port, how="test", credential=TOKEN)
        with ModelServerClients().connect(place) as server:
            server.status("m")
