"""Runs a command in a container through the API server. Imported only then: it loads the Kubernetes client's streams.

The websocket's protocol is Kubernetes' own: the first byte of each message is its channel. Version 4 of it, which
servers before 1.30 speak, cannot close the command's input: a command must know how much it is to read.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any

from kubernetes.client.api_client import ApiClient
from kubernetes.stream.ws_client import ERROR_CHANNEL, STDERR_CHANNEL, STDOUT_CHANNEL, WSClient, get_websocket_url
from websocket import (
    WebSocketBadStatusException,
    WebSocketConnectionClosedException,
    WebSocketException,
    WebSocketTimeoutException,
)

from tfk8s.clock import Clock
from tfk8s.cluster.handshake import refused_handshake
from tfk8s.cluster.port_stream import with_authority_file
from tfk8s.cluster.translation import connection_error
from tfk8s.errors import PreconditionError
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.ports.cluster import ClusterIdentity, ClusterUnreachableError, CommandResult, PodCommand

logger = logging.getLogger(__name__)

_FRAME_BYTES = 32 * 1024
_ATTEMPTS = 4
_PAUSE_S = 0.5
_LONGEST_OUTPUT_BYTES = 16 * 1024 * 1024
_LOST = (WebSocketConnectionClosedException, WebSocketTimeoutException, OSError)


def execute(
    client: ApiClient, pod: ObjectRef, *, command: PodCommand, identity: ClusterIdentity, clock: Clock
) -> CommandResult:
    """Run a command to its end; one that may be repeated is, when the connection breaks.

    Raises:
        ClusterUnreachableError: nobody answered, the connection broke, or the command did not end in its time.
        ForbiddenError: the login may not run commands in pods.
        PreconditionError: the pod is gone or not running, or has no such program.
    """
    for attempt in range(_ATTEMPTS - 1 if command.is_repeatable else 0):
        pause_s = _PAUSE_S * 2**attempt
        try:
            return _once(client, pod, command=command, identity=identity)
        except ClusterUnreachableError as error:
            logger.info("%s; trying again in %.1f s", error, pause_s)
        clock.sleep(pause_s)
    return _once(client, pod, command=command, identity=identity)


def _once(client: ApiClient, pod: ObjectRef, *, command: PodCommand, identity: ClusterIdentity) -> CommandResult:
    deadline = time.monotonic() + command.timeout_s
    stream = _opened(client, pod, command=command, identity=identity)
    out, err = bytearray(), bytearray()

    def take(wait_s: float) -> None:
        stream.update(timeout=wait_s)
        out.extend(stream.read_channel(STDOUT_CHANNEL))
        err.extend(stream.read_channel(STDERR_CHANNEL))

    try:
        stream.sock.settimeout(command.timeout_s)
        view = memoryview(command.stdin)
        for start in range(0, len(view), _FRAME_BYTES):
            if not stream.is_open() or time.monotonic() > deadline:
                break
            stream.write_stdin(bytes(view[start : start + _FRAME_BYTES]))
            take(0)
        while stream.is_open() and time.monotonic() < deadline and len(out) < _LONGEST_OUTPUT_BYTES:
            take(max(min(1.0, deadline - time.monotonic()), 0))
        if stream.is_open():
            raise ClusterUnreachableError(
                f"a command in {pod} did not end within {command.timeout_s:.0f} s",
                hint="the connection or the volume is slow; run the same command again, it goes on where this ended",
            )
        return _result(stream.read_channel(ERROR_CHANNEL), out=bytes(out), err=bytes(err), pod=pod)
    except _LOST as error:
        raise _cut(pod) from error
    finally:
        stream.sock.shutdown()


def _opened(client: ApiClient, pod: ObjectRef, *, command: PodCommand, identity: ClusterIdentity) -> Any:
    path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/exec"
    query = [("command", word) for word in command.argv]
    query += [("container", command.container), ("stdout", "true"), ("stderr", "true")]
    query += [("stdin", "true")] if command.stdin else []
    _, url, headers, *_ = client.param_serialize(
        "GET", path, query_params=query, header_params={}, auth_settings=["BearerToken"]
    )
    opener: Any = WSClient
    try:
        with with_authority_file(client.configuration) as configuration:
            return opener(configuration, get_websocket_url(url), headers, capture_all=False, binary=True)
    except WebSocketBadStatusException as error:
        what = f"no command can be run in {pod}"
        raise refused_handshake(what, pod, error, otherwise=ClusterUnreachableError) from error
    except WebSocketException as error:
        raise _cut(pod) from error
    except OSError as error:
        raise connection_error(error, identity=identity) from error


def _result(status: bytes | str, *, out: bytes, err: bytes, pod: ObjectRef) -> CommandResult:
    """Kubernetes says in the end how the command ended; without that the connection was cut."""
    if not status:
        raise _cut(pod)
    told = json.loads(status)
    stderr = err.decode(errors="replace")
    if text_at(told, "status") == "Success":
        return CommandResult(exit_code=0, stdout=out, stderr=stderr)
    for cause in objects_at(told, "details", "causes"):
        if text_at(cause, "reason") == "ExitCode":
            return CommandResult(exit_code=int(text_at(cause, "message")), stdout=out, stderr=stderr)
    raise PreconditionError(
        f"a command could not be started in {pod}: {text_at(told, 'message')}",
        hint="the image lacks the program, or the container has just ended",
    )


def _cut(pod: ObjectRef) -> ClusterUnreachableError:
    return ClusterUnreachableError(
        f"the connection to {pod} broke", hint="run the same command again: it goes on where this run ended"
    )
