"""Requests that are sent when they are due, over REST: what is asked of the network, and what is told of answers."""

from __future__ import annotations

import gc
import resource
import signal
import ssl
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest

from tests.contract.serving.loopback_servers import raw_server
from tests.fakes.load_server import Act, answer, load_server
from tests.ports import free_port
from tests.testbed.certificates import authority, server_certificate
from tfk8s.errors import PreconditionError
from tfk8s.load import NO_FREE_CONNECTION, Outcome, Phase, schedule
from tfk8s.ports import Endpoint, ServerUnreachableError, ServerUntrustedError
from tfk8s.ports.load import LoadLimits, LoadRequest, LoadSender
from tfk8s.serving.load import LoadClients
from tfk8s.serving.load_connection import Connection

pytestmark = pytest.mark.contract

ONE = LoadRequest(transport="rest", path="/v1/models/m:predict", body=b'{"instances": [1]}')
TWO = LoadRequest(transport="rest", path="/v1/models/m:predict", body=b'{"instances": [2]}')


def endpoint(port: int, **changes: str) -> Endpoint:
    return Endpoint(transport="rest", host=changes.pop("host", "127.0.0.1"), port=port, how="test", **changes)  # type: ignore[arg-type]


@contextmanager
def sender(
    port: int, *, connections: int = 64, answer_s: float = 10.0, renew_s: float | None = None
) -> Iterator[LoadSender]:
    limits = LoadLimits(connections=connections, connect_s=5.0, answer_s=answer_s, renew_s=renew_s)
    with LoadClients().connect(endpoint(port), limits=limits) as made:
        yield made


def send(port: int, *, rps: float = 50, seconds: float = 1.0, **limits: float) -> Sequence[Outcome]:
    with sender(port, **limits) as made:  # type: ignore[arg-type]
        return made.send([ONE], schedule=schedule([Phase(rps=rps, seconds=seconds)]))


def kinds(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return dict(Counter(outcome.failure or "answered" for outcome in outcomes))


@pytest.mark.timed
def test_every_request_is_sent_once_in_turn_when_it_is_due() -> None:
    with load_server() as server, sender(server.port) as made:
        outcomes = made.send([ONE, TWO], schedule=schedule([Phase(rps=100, seconds=1)]))

    assert kinds(outcomes) == {"answered": 100}
    assert [came.body for came in server.came] == [ONE.body, TWO.body] * 50
    first = server.came[0].at_s
    assert median(abs(came.at_s - first - at * 0.01) for at, came in enumerate(server.came)) < 0.02
    assert all(outcome.sent_s >= outcome.due_s for outcome in outcomes)


def test_the_head_of_a_request_names_path_host_and_length() -> None:
    with load_server() as server:
        send(server.port, rps=1)

    head = server.came[0].head.split("\r\n")
    assert head[0] == "POST /v1/models/m:predict HTTP/1.1"
    assert f"Host: 127.0.0.1:{server.port}" in head
    assert "Content-Type: application/json" in head


def test_a_prefix_of_the_address_is_kept() -> None:
    with load_server() as server, LoadClients().connect(endpoint(server.port, path="/models")) as made:
        made.send([ONE], schedule=[0.0])

    assert server.came[0].head.startswith("POST /models/v1/models/m:predict ")


@pytest.mark.timed
def test_slow_answers_hold_back_no_request_and_their_time_is_told() -> None:
    with load_server(lambda _: Act(after_s=0.5)) as server:
        outcomes = send(server.port, rps=40, seconds=0.5, connections=40)

    assert kinds(outcomes) == {"answered": 20}
    assert server.came[-1].at_s - server.came[0].at_s < 0.95  # one after the other they would take ten seconds
    assert 0.5 <= median(outcome.latency_s for outcome in outcomes) < 0.7


def test_what_waits_behind_a_stall_has_waited_too() -> None:
    """The server stalls once for a second: most requests are due within it, and a closed loop would measure one."""
    with load_server(lambda number: Act(after_s=1.0 if number == 0 else 0.0)) as server:
        outcomes = send(server.port, rps=50, seconds=1.0, connections=1)

    assert kinds(outcomes)[NO_FREE_CONNECTION] >= 40
    assert outcomes[0].latency_s >= 1.0


def test_requests_beyond_the_bound_are_counted_and_never_sent_later() -> None:
    with load_server(lambda _: Act(after_s=4.0)) as server:
        outcomes = send(server.port, rps=20, seconds=1.0, connections=3)

    assert kinds(outcomes) == {"answered": 3, NO_FREE_CONNECTION: 17}
    assert len(server.came) == 3


def test_connections_are_made_before_the_first_request_and_kept_from_one_call_to_the_next() -> None:
    with load_server() as server, sender(server.port, connections=4) as made:
        for _ in range(3):
            made.send([ONE], schedule=schedule([Phase(rps=40, seconds=0.5)]))

    assert server.accepted == 4
    assert {came.connection for came in server.came} == {0, 1, 2, 3}


def one_by_one(made: LoadSender, count: int) -> Sequence[Outcome]:
    """Send each request once the one before it is answered, so that a connection is free."""
    return [outcome for _ in range(count) for outcome in made.send([ONE], schedule=[0.0])]


def test_connections_that_are_old_are_replaced() -> None:
    with load_server() as server, sender(server.port, connections=2, renew_s=0.0) as made:
        outcomes = one_by_one(made, 20)

    assert kinds(outcomes) == {"answered": 20}
    assert len({came.connection for came in server.came}) == 20


def test_connections_that_the_server_closed_while_they_were_idle_are_replaced_without_a_failure() -> None:
    with load_server() as server, sender(server.port, connections=4) as made:
        made.send([ONE], schedule=[0.0])
        server.close_connections()
        outcomes = one_by_one(made, 10)

    assert kinds(outcomes) == {"answered": 10}
    assert server.accepted == 8


def test_a_server_that_closes_after_each_answer_gets_new_connections() -> None:
    closing = Act(answer=answer(headers="Connection: close\r\n"), closes=True)
    with load_server(lambda _: closing) as server, sender(server.port, connections=4) as made:
        outcomes = one_by_one(made, 20)

    assert kinds(outcomes) == {"answered": 20}
    assert server.accepted >= 20


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (Act(answer=answer(status="503 Service Unavailable")), "HTTP 503"),
        (Act(answer=answer(status="404 Not Found")), "HTTP 404"),
        (Act(answer=answer(b"<html>log in</html>")), "HTTP 200 without a prediction"),
        (Act(answer=b"", closes=True), "connection closed"),
        (Act(answer=answer()[:-5], closes=True), "connection closed"),
        (Act(resets=True), "connection reset"),
        (Act(answer=b"SSH-2.0-OpenSSH_9.2\r\n"), "the answer is not HTTP"),
        (Act(after_s=15.0), "timeout"),
    ],
)
def test_failures_are_told_by_their_kind(act: Act, kind: str) -> None:
    with load_server(lambda _: act) as server:
        outcomes = send(server.port, rps=10, seconds=0.5, connections=8, answer_s=0.5 if kind == "timeout" else 30.0)

    assert kinds(outcomes) == {kind: 5}


def test_columns_count_as_predictions_and_so_does_an_answer_in_chunks() -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n"
        + b'{"outputs": [1] '
        + b"\r\n1\r\n}\r\n0\r\n\r\n"
    )
    with load_server(lambda number: Act(answer=(chunked, answer(b'{"outputs": [1]}'))[number % 2])) as server:
        assert kinds(send(server.port, rps=10)) == {"answered": 10}


def test_no_redirect_is_followed() -> None:
    with load_server() as other:
        redirect = answer(b"", status="307 Temporary Redirect", headers=f"Location: http://127.0.0.1:{other.port}/\r\n")
        with load_server(lambda _: Act(answer=redirect)) as server:
            assert kinds(send(server.port, rps=5)) == {"HTTP 307": 5}

    assert other.came == []


def test_a_body_of_many_megabytes_is_sent_whole() -> None:
    large = LoadRequest(transport="rest", path=ONE.path, body=b"[" + b"1.0, " * 1_500_000 + b"1]")
    with load_server() as server, sender(server.port, connections=2) as made:
        outcomes = made.send([large], schedule=[0.0, 0.01])

    assert kinds(outcomes) == {"answered": 2}
    assert [came.body for came in server.came] == [large.body] * 2


def test_nobody_there_is_an_error_before_anything_is_timed() -> None:
    with pytest.raises(ServerUnreachableError, match="connection refused"):
        send(free_port())


def test_more_connections_than_the_computer_allows_are_told_before_anything_is_timed() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with load_server() as server:
        # Tests before this one may not have given all back.
        highest = max(int(each.name) for each in Path("/proc/self/fd").iterdir())
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 100, hard))
        try:
            with pytest.raises(PreconditionError, match="too many open files"):
                send(server.port, connections=300)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert server.came == []


def test_a_host_that_is_not_known_is_an_error() -> None:
    clients = LoadClients()
    with pytest.raises(ServerUnreachableError), clients.connect(endpoint(80, host="no-such-host.invalid")):
        pass


def test_the_address_that_answers_is_used_where_a_name_has_several() -> None:
    """localhost is ::1 too on most systems, where nobody listens."""
    with load_server() as server, LoadClients().connect(endpoint(server.port, host="localhost")) as made:
        assert kinds(made.send([ONE], schedule=schedule([Phase(rps=20, seconds=1)]))) == {"answered": 20}


@pytest.mark.usefixtures("dead_proxy")
def test_no_proxy_of_the_environment_is_asked() -> None:
    with load_server() as server:
        assert kinds(send(server.port, rps=5)) == {"answered": 5}


def test_ctrl_c_ends_it_at_once_and_the_sender_can_be_closed() -> None:
    def act(number: int) -> Act:
        if number == 3:
            signal.raise_signal(signal.SIGINT)
        return Act(after_s=20.0)

    begun_s = time.monotonic()
    with load_server(act) as server, pytest.raises(KeyboardInterrupt):
        send(server.port, rps=20, seconds=30, connections=4, answer_s=60)

    assert time.monotonic() - begun_s < 10


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    issuer = authority(tmp_path_factory.mktemp("tls"), name="tests of tfk8s")
    certificate = server_certificate(issuer, names=["resnet.example.com"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context, issuer.certificate


def _secure(port: int, host: str = "resnet.example.com") -> Endpoint:
    return Endpoint(transport="rest", host=host, address="127.0.0.1", port=port, how="test", scheme="https")


def test_https_is_asked_at_an_address_under_the_name_of_its_certificate(tls: tuple[ssl.SSLContext, Path]) -> None:
    context, ca_file = tls
    large = Act(answer=answer(b'{"predictions": [' + b"1.0, " * 100_000 + b"1]}"))
    with (
        load_server(lambda _: large, context=context) as server,
        LoadClients(ca_file=ca_file).connect(_secure(server.port), limits=LoadLimits(connections=20)) as made,
    ):
        outcomes = made.send([ONE], schedule=schedule([Phase(rps=20, seconds=1)]))

    assert kinds(outcomes) == {"answered": 20}
    assert f"Host: resnet.example.com:{server.port}" in server.came[0].head


@pytest.mark.parametrize("host", ["other.example.com", "resnet.example.com"])
def test_a_certificate_that_is_not_trusted_is_an_error(tls: tuple[ssl.SSLContext, Path], host: str) -> None:
    context, ca_file = tls
    clients = LoadClients(ca_file=ca_file if host == "other.example.com" else None)
    with load_server(context=context) as server, clients.connect(_secure(server.port, host)) as made:
        with pytest.raises(ServerUntrustedError):
            made.send([ONE], schedule=[0.0])
        assert server.came == []


def test_a_server_that_says_something_unasked_is_no_answer() -> None:
    with raw_server(first=b"220 mail.example.com ESMTP\r\n") as port:
        outcomes = send(port, rps=5, seconds=1, answer_s=0.5)

    assert "answered" not in kinds(outcomes)


def test_failures_leave_nothing_behind_that_only_a_collection_would_remove() -> None:
    with load_server(lambda _: Act(resets=True)) as server:
        send(server.port, rps=10)
        gc.collect()
        gc.disable()
        try:
            assert kinds(send(server.port, rps=100, connections=100)) == {"connection reset": 100}
            kept = [thing for thing in gc.get_objects() if isinstance(thing, Connection)]
        finally:
            gc.enable()

    assert len(kept) < 20
