"""The log of a container, read as it is written: `GET .../pods/NAME/log?follow=true&timestamps=true`.

The kubelet puts the time of each line before it (`timestamps`), nine digits behind the second and a blank:
https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/logs/logs.go
What it has to say itself, such as that a file cannot be opened, stands between them without a time.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from tfk8s.clock import rfc3339
from tfk8s.cluster.translation import translated
from tfk8s.ports.cluster import ClusterIdentity
from tfk8s.ports.logs import LogStreamQuery, StampedLine

QUIET_S = 300.0
"""A connection that says nothing for so long is given up: it may lead to nobody. The reader opens another one."""

LONGEST_LINE_BYTES = 16 * 1024
"""The kubelet's own limit for a part of a line is the same; what is beyond is counted and left out."""

_CHUNK_BYTES = 16 * 1024
_NANOSECONDS = 10**9
_STAMP = re.compile(
    r"(?P<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<part>\d{1,9}))?(?P<zone>Z|[+-]\d\d:\d\d)(?: |\Z)", re.ASCII
)


def log_parameters(query: LogStreamQuery) -> list[tuple[str, str]]:
    """The query's parameters in the API's words."""
    found = [("container", query.container), ("timestamps", "true")]
    found += [("previous", "true")] if query.previous else []
    found += [("follow", "true")] if query.follow else []
    found += [("tailLines", str(query.tail_lines))] if query.tail_lines is not None else []
    if query.since_ns is not None:
        moment = datetime.fromtimestamp(query.since_ns // _NANOSECONDS, timezone.utc)
        found.append(("sinceTime", rfc3339(moment)))
    elif query.since_s is not None:
        found.append(("sinceSeconds", str(query.since_s)))
    return found


class ResponseLog:
    """Implements `tfk8s.ports.LogStream` on an answer of which nothing was read yet."""

    def __init__(self, response: Any, *, what: str, identity: ClusterIdentity) -> None:
        """Take the answer over; `what` says what was being done."""
        self._response, self._what, self._identity = response, what, identity
        self._socket = _socket_of(response)
        self._is_closed = False

    def __iter__(self) -> Iterator[StampedLine]:
        """Each line as it comes."""
        try:
            with translated(self._what, identity=self._identity):
                yield from map(stamped, lines_of(self._chunks()))
        finally:
            self._response.close()

    def close(self) -> None:
        """Shut the connection down, which wakes a reader; closing alone would leave it blocked on Linux."""
        self._is_closed = True
        if self._socket is not None:
            with suppress(OSError):
                # Not the TLS socket's own method: that one takes its state away from under the reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _chunks(self) -> Iterator[bytes]:
        from urllib3.exceptions import HTTPError

        try:
            yield from self._response.stream(_CHUNK_BYTES)
        except (HTTPError, OSError, ValueError):
            if not self._is_closed:
                raise


def _socket_of(response: Any) -> socket.socket | None:
    found = getattr(getattr(response, "connection", None), "sock", None)
    return found if isinstance(found, socket.socket) else None


def lines_of(chunks: Iterable[bytes], *, limit: int = LONGEST_LINE_BYTES) -> Iterator[str]:
    """Lines of a stream of bytes; never more than `limit` bytes of one are kept, the rest is counted."""
    held, lost = bytearray(), 0
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            lost += _keep(held, piece, limit=limit)
            yield _text(held, lost=lost)
            held, lost = bytearray(), 0
        lost += _keep(held, rest, limit=limit)
    if held or lost:
        yield _text(held, lost=lost)


def _keep(held: bytearray, piece: bytes, *, limit: int) -> int:
    """Add what fits; how many bytes did not."""
    room = max(limit - len(held), 0)
    held += piece[:room]
    return max(len(piece) - room, 0)


def _text(held: bytearray, *, lost: int) -> str:
    text = held.removesuffix(b"\r").decode(errors="replace")
    return f"{text} ... ({lost} bytes more)" if lost else text


def stamped(line: str) -> StampedLine:
    """Tell the time before a line from its text."""
    match = _STAMP.match(line)
    if match is None:
        return StampedLine(None, line)
    try:
        moment = datetime.fromisoformat(match["second"] + match["zone"].replace("Z", "+00:00"))
    except ValueError:
        return StampedLine(None, line)
    part = int((match["part"] or "").ljust(9, "0"))
    seconds = int((moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds())
    return StampedLine(seconds * _NANOSECONDS + part, line[match.end() :])


def opened(ask: Callable[[], Any], *, what: str, identity: ClusterIdentity) -> ResponseLog | None:
    """The stream that `ask` opens; None when there is no such log: not started, no such run, or the pod is gone.

    Raises:
        ClusterUnreachableError: the cluster or the pod's node does not answer.
        ForbiddenError: the login may not `get` `pods/log`.
    """
    from kubernetes.client.exceptions import ApiException

    with translated(what, identity=identity):
        try:
            return ResponseLog(ask(), what=what, identity=identity)
        except ApiException as error:
            if error.status in (400, 404):
                return None
            raise
