"""Commands in a pod against an API server that refuses them, cuts the connection, or ends as Kubernetes does."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.contract.cluster.test_port_stream import _agree
from tests.fakes.clock import FakeClock
from tfk8s.cluster.direct import open_endpoint
from tfk8s.cluster.execute import execute
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.ports import ClusterEndpoint
from tfk8s.ports.cluster import ClusterUnreachableError, CommandResult, ForbiddenError, PodCommand

pytestmark = pytest.mark.contract

POD = ObjectRef(api_version="v1", kind="Pod", namespace="serving", name="half")
SUCCESS: JsonObject = {"status": "Success"}


def exit_code(code: int) -> JsonObject:
    """As Kubernetes tells it."""
    cause: JsonObject = {"reason": "ExitCode", "message": str(code)}
    return {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": [cause]}}


def frame(channel: int, data: bytes) -> bytes:
    """A binary message of a server: https://www.rfc-editor.org/rfc/rfc6455#section-5.2."""
    payload = bytes([channel]) + data
    return b"\x82" + bytes([126]) + len(payload).to_bytes(2, "big") + payload


@contextmanager
def api_server(*answers: bytes) -> Iterator[str]:
    """Takes one connection for each answer; one that begins with `HTTP/` is given in the handshake's place."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)

        def serve() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    if answer.startswith(b"HTTP/"):
                        connection.recv(65536)
                    else:
                        _agree(connection)
                    connection.sendall(answer)
                    connection.shutdown(socket.SHUT_WR)
                    connection.settimeout(60)
                    while connection.recv(65536):
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(60)
        assert not thread.is_alive()


def refusal(code: int, message: str) -> bytes:
    body = json.dumps({"kind": "Status", "message": message}).encode()
    return f"HTTP/1.1 {code} No\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def ended(status: JsonObject, *, out: bytes = b"", err: bytes = b"") -> bytes:
    return frame(1, out) + frame(2, err) + frame(3, json.dumps(status).encode()) + b"\x88\x02\x03\xe8"


def run(*answers: bytes, is_repeatable: bool = False, stdin: bytes = b"") -> CommandResult:
    with api_server(*answers) as server:
        endpoint = ClusterEndpoint(server=server, ca_certificate=b"", token=lambda: "secret-token")
        connection = open_endpoint(endpoint, context="test")
        command = PodCommand(container="c", argv=("true",), stdin=stdin, timeout_s=60.0, is_repeatable=is_repeatable)
        return execute(connection.client, POD, command=command, identity=connection.identity, clock=FakeClock())


def test_every_byte_of_the_output_and_the_exit_code_come_back() -> None:
    every = bytes(range(256)) * 20

    assert run(ended(SUCCESS, out=every, err=b"words")) == CommandResult(exit_code=0, stdout=every, stderr="words")
    assert run(ended(exit_code(23), err=b"words")).exit_code == 23


def test_a_connection_without_an_end_is_no_success() -> None:
    with pytest.raises(ClusterUnreachableError, match="broke"):
        run(frame(1, b"half of it"))


def test_a_repeatable_command_is_run_again_when_the_connection_breaks() -> None:
    assert run(b"", frame(1, b"half"), ended(SUCCESS, out=b"whole"), is_repeatable=True).stdout == b"whole"


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (403, ForbiddenError, "no command can be run"),
        (404, PreconditionError, "is gone"),
        (401, PreconditionError, "the login is not accepted"),
        (500, ClusterUnreachableError, "no command can be run"),
    ],
)
def test_a_refusal_has_its_kind_and_hint_and_tells_no_login(code: int, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        run(refusal(code, "words of the server"))

    assert getattr(caught.value, "hint", "")
    assert "secret-token" not in str(caught.value)


def test_a_program_that_the_image_lacks_is_told() -> None:
    with pytest.raises(PreconditionError, match="could not be started"):
        run(ended({"status": "Failure", "reason": "InternalError", "message": "no such file"}))
