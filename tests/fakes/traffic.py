"""What passed through the counting proxy, and what is to go wrong with what passes next."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

UPLOADS: Final = "/blobs/uploads/"
SENDING: Final = "PATCH|PUT|POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer.

    Attributes:
        host: as the client named it.
        path: with the query.
        sent_bytes: of the request's body, as far as the registry got it.
        received_bytes: of the answer's body.
        status: of the answer; 0 when there was none.
        was_forwarded: whether the registry saw it.
        is_over: whether the registry is done with it.
    """

    method: str
    host: str
    path: str
    status: int
    sent_bytes: int = 0
    received_bytes: int = 0
    was_forwarded: bool = True
    is_over: bool = False
    authorization: str = field(default="", repr=False)


@dataclass(slots=True, kw_only=True)
class Fault:
    """What happens to the next requests that fit.

    Attributes:
        method: pattern of the method.
        path: pattern that the path holds.
        times: how often it happens yet.
        after_bytes: bytes of the body that the registry gets before a cut or a hold.
        status: the answer that is given instead of the registry's; 0 for a cut or a hold.
        is_hold: the connection waits for `release` instead of breaking.
        lose_answer: the registry gets the whole request, the client no answer.
        reached: set when a hold begins.
        release: a hold ends, and the rest passes, when this is set.
    """

    method: str
    path: str
    times: int = 1
    after_bytes: int = 0
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_hold: bool = False
    lose_answer: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True, kw_only=True)
class Traffic:
    """What a test sees of the proxy, and steers it by.

    Attributes:
        port: on 127.0.0.1.
        upstreams: port on 127.0.0.1 for each start of a path; the longest that fits decides.
        failed_handshakes: how often a client did not accept our certificate, or spoke no TLS.
        expired: values of `Authorization` that are not passed on any more: to the registry such a request is one
            without a login, which it answers as it answers one whose token ran out.
    """

    upstreams: Mapping[str, int]
    port: int = 0
    failed_handshakes: int = 0
    expired: set[str] = field(default_factory=set, repr=False)
    _exchanges: list[Exchange] = field(default_factory=list)
    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def exchanges(self, method: str = ".*", *, path: str = "") -> tuple[Exchange, ...]:
        """The requests so far whose method fits and whose path holds the pattern."""
        with self._lock:
            found = tuple(self._exchanges)
        return tuple(each for each in found if re.fullmatch(method, each.method) and re.search(path, each.path))

    def blob_bytes(self) -> int:
        """Bytes of blobs that the registry got."""
        return sum(each.sent_bytes for each in self.exchanges(SENDING, path=UPLOADS))

    def forget(self) -> None:
        """Start counting anew, and call off every fault."""
        with self._lock:
            self._exchanges.clear()
            self._faults.clear()

    def answer(
        self,
        status: int,
        *,
        method: str = ".*",
        path: str = "",
        times: int = 1,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> None:
        """Answer the next requests that fit without asking the registry."""
        self._add(Fault(method=method, path=path, times=times, status=status, headers=headers or {}, body=body))

    def cut(self, *, after_bytes: int, method: str = SENDING, path: str = UPLOADS, times: int = 1) -> None:
        """Break the connection of the next requests that fit, and have more, after so many bytes of the body."""
        self._add(Fault(method=method, path=path, times=times, after_bytes=after_bytes))

    def lose_answer(self, *, method: str, path: str, times: int = 1) -> None:
        """Let the registry do what is asked, and break the connection instead of answering."""
        self._add(Fault(method=method, path=path, times=times, lose_answer=True))

    def hold(self, *, after_bytes: int, method: str = SENDING, path: str = UPLOADS) -> Fault:
        """Pass no more than so many bytes of the next body that fits, and has more, until the test sets `release`."""
        fault = Fault(method=method, path=path, after_bytes=after_bytes, is_hold=True)
        self._add(fault)
        return fault

    def take_fault(self, method: str, path: str, *, size_bytes: float) -> Fault | None:
        """The fault for this request, if there is one; it is used up."""
        with self._lock:
            for fault in self._faults:
                is_long_enough = fault.status or fault.lose_answer or size_bytes > fault.after_bytes
                if is_long_enough and re.fullmatch(fault.method, method) and re.search(fault.path, path):
                    fault.times -= 1
                    if not fault.times:
                        self._faults.remove(fault)
                    return fault
        return None

    def begin(self, exchange: Exchange) -> int:
        """Write down a request that has come; returns its number for `end`."""
        with self._lock:
            self._exchanges.append(exchange)
            return len(self._exchanges) - 1

    def end(self, number: int, **changes: Any) -> None:
        """Write down how it ended."""
        with self._lock:
            if number < len(self._exchanges):  # not forgotten meanwhile
                self._exchanges[number] = replace(self._exchanges[number], **changes)

    def upstream(self, path: str) -> int:
        """Port that a path goes to."""
        return self.upstreams[max((start for start in self.upstreams if path.startswith(start)), key=len)]

    def _add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)
