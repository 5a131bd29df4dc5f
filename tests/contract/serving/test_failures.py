"""What the real clients make of gateways, limits, silence and the wrong port."""

from __future__ import annotations

import time

import grpc
import pytest

from tests.contract.serving.conftest import RunningServer
from tests.contract.serving.loopback_servers import grpc_server, http_server, raw_server
from tests.fakes.clock import FakeClock
from tests.ports import free_port
from tfk8s.errors import PredictionError
from tfk8s.model import DType, Signature, TensorSpec
from tfk8s.ports import (
    Columns,
    Endpoint,
    PredictRequest,
    ServerCode,
    ServerRefusedError,
    ServerUnreachableError,
    Transport,
)
from tfk8s.serving.connect import ModelServerClients, Timeouts
from tfk8s.serving.rest import RestModelServer

pytestmark = pytest.mark.contract

X = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=(None,))
SIGNATURE = Signature(name="serving_default", method_name="", inputs=(X,), outputs=(X,))
PATIENT = Timeouts(connect_s=20, total_s=60)
QUICK = Timeouts(connect_s=1, total_s=1)


class SlowClock(FakeClock):
    """Half a minute goes by between two looks."""

    def monotonic_s(self) -> float:
        self.sleep(30)
        return super().monotonic_s()


def endpoint(port: int, transport: Transport = "rest") -> Endpoint:
    return Endpoint(transport=transport, host="127.0.0.1", port=port, how="test")


def ask(target: Endpoint, *, elements: int = 1, timeouts: Timeouts = PATIENT) -> None:
    request = PredictRequest(model="m", signature=SIGNATURE, body=Columns(inputs={"x": [0.5] * elements}))
    with ModelServerClients(timeouts=timeouts).connect(target) as client:
        client.predict(request)


@pytest.mark.parametrize(
    ("status", "words"),
    [(413, "body limit of an ingress"), (502, "health check"), (503, "health check"), (504, "backend timeout")],
)
def test_a_gateways_refusal_names_what_to_change_there(status: int, words: str) -> None:
    with (
        http_server(status=status, body=b"<html>upstream</html>") as port,
        pytest.raises(ServerRefusedError) as caught,
    ):
        ask(endpoint(port))

    assert words in str(caught.value.hint)
    assert "<html>upstream</html>" in caught.value.message
    assert not caught.value.from_model_server


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateways_refusal_after_half_a_minute_is_its_timeout(status: int) -> None:
    request = PredictRequest(model="m", signature=SIGNATURE, body=Columns(inputs={"x": [0.5]}))
    with http_server(status=status, body=b"") as port:
        client = RestModelServer(endpoint(port), timeouts=Timeouts(total_s=600), clock=SlowClock())
        with pytest.raises(ServerRefusedError) as caught:
            client.predict(request)
        client.close()

    assert "backend timeout" in str(caught.value.hint)


def test_a_redirect_is_not_followed() -> None:
    with (
        http_server(status=301, body=b"", headers={"Location": "http://127.0.0.1:1/"}) as port,
        pytest.raises(ServerRefusedError, match="HTTP 301"),
    ):
        ask(endpoint(port))


@pytest.mark.parametrize("body", [b"<html>welcome</html>", b'{"status": "ok"}', b"[]"])
def test_a_friendly_answer_of_something_else_is_no_prediction(body: bytes) -> None:
    with http_server(status=200, body=body) as port, pytest.raises(PredictionError) as caught:
        ask(endpoint(port))

    assert "8501" in str(caught.value.hint)


def test_nobody_there_is_unreachable_with_the_systems_reason(transport: Transport) -> None:
    with pytest.raises(ServerUnreachableError) as caught:
        ask(endpoint(free_port(), transport))

    assert "connection refused" in caught.value.message.lower()
    assert caught.value.exit_code == 11


def test_a_host_that_does_not_exist_is_unreachable(transport: Transport) -> None:
    nowhere = Endpoint(transport=transport, host="nowhere.invalid", port=8501, how="test")

    with pytest.raises(ServerUnreachableError):
        ask(nowhere, timeouts=Timeouts(connect_s=2, total_s=10))


def test_silence_ends_when_the_time_is_up(transport: Transport) -> None:
    started = time.monotonic()

    with raw_server() as port, pytest.raises(ServerUnreachableError):
        ask(endpoint(port, transport), timeouts=QUICK)

    assert time.monotonic() - started < 10


def test_an_answer_that_trickles_in_ends_when_the_time_is_up() -> None:
    started = time.monotonic()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"

    with (
        raw_server(first=head, then_every_s=(0.1, b" " * 10)) as port,
        pytest.raises(ServerUnreachableError, match="did not answer within 1 s"),
    ):
        ask(endpoint(port), timeouts=QUICK)

    assert time.monotonic() - started < 10


def test_an_answer_that_breaks_off_is_unreachable() -> None:
    with (
        http_server(status=200, body=b"{}", headers={"Content-Length": "5000"}) as port,
        pytest.raises(PredictionError),
    ):
        ask(endpoint(port))


def test_each_client_at_the_others_port_says_so(running_server: RunningServer) -> None:
    with pytest.raises(ServerUnreachableError, match="the answer is not HTTP") as rest:
        ask(endpoint(running_server.grpc_port))
    with pytest.raises(ServerUnreachableError) as grpc_error:
        ask(endpoint(running_server.rest_port, "grpc"))

    assert "--grpc" in str(rest.value.hint)
    assert "8500" in str(grpc_error.value.hint)


def test_a_server_that_says_unavailable_is_told_from_none_at_all() -> None:
    with (
        grpc_server(code=grpc.StatusCode.UNAVAILABLE, details="label map not ready") as port,
        pytest.raises(ServerRefusedError, match="label map not ready") as caught,
    ):
        ask(endpoint(port, "grpc"))

    assert caught.value.code is ServerCode.UNAVAILABLE


def test_a_refusal_for_size_has_the_size_and_the_limit() -> None:
    with (
        grpc_server(code=grpc.StatusCode.UNKNOWN, details="never called", max_receive_bytes=4_194_304) as port,
        pytest.raises(ServerRefusedError) as caught,
    ):
        ask(endpoint(port, "grpc"), elements=2_000_000)

    assert caught.value.code is ServerCode.RESOURCE_EXHAUSTED
    assert "4194304" in caught.value.message
    assert "80000" in caught.value.message


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n"])
def test_a_head_that_trickles_in_ends_when_the_time_is_up(first: bytes) -> None:
    started = time.monotonic()

    with (
        raw_server(first=first, then_every_s=(0.1, b"X")) as port,
        pytest.raises(ServerUnreachableError, match="did not answer within 1 s"),
    ):
        ask(endpoint(port), timeouts=QUICK)

    assert time.monotonic() - started < 10
