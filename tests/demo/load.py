"""A bounded load on a server on this computer: in count, in time, and never to any other address.

With a rate the load is open: requests leave on schedule whether or not earlier ones were answered, and their time
counts from the schedule, so a stalled server cannot hide. Without one each worker asks again once it is answered.
"""

from __future__ import annotations

import http.client
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where the load ends at the latest.

    Attributes:
        seconds: since its start.
        requests: in all.
        workers: requests on their way at once.
        rate_per_s: of an open load; None for a closed one.
    """

    seconds: float
    requests: int
    workers: int
    rate_per_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A request that was not answered, and when it left."""

    at_s: float
    reason: str


@dataclass(slots=True)
class Load:
    """A load that runs in threads; its counts may be read at any time."""

    ask: Callable[[], object]
    bounds: Bounds
    failures: list[Failure] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)
    _sent: int = 0
    _started_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """Requests that were answered."""
        return len(self.latencies_s)

    def start(self) -> None:
        """Begin; returns at once."""
        self._started_s = time.monotonic()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self.bounds.workers)]
        for thread in self._threads:
            thread.start()

    def is_running(self) -> bool:
        """Whether a request may still leave or be answered."""
        return any(thread.is_alive() for thread in self._threads)

    def stop(self, *, timeout_s: float = 60.0) -> None:
        """Let no request leave any more, and wait for those on their way."""
        self._stop.set()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
        if self.is_running():
            raise TimeoutError(f"requests are still on their way after {timeout_s:.0f} s")

    def percentile_s(self, percent: float) -> float:
        """Seconds within which so many percent of the answers came."""
        ordered = sorted(self.latencies_s)
        return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)] if ordered else 0.0

    def _work(self) -> None:
        while (due_s := self._next()) is not None:
            if self._stop.wait(max(due_s - time.monotonic(), 0.0)):
                return
            try:
                self.ask()
            except Exception as error:  # noqa: BLE001 - whatever it is, the request was not answered
                self.failures.append(Failure(at_s=due_s - self._started_s, reason=f"{type(error).__name__}: {error}"))
            else:
                self.latencies_s.append(time.monotonic() - due_s)

    def _next(self) -> float | None:
        """When the next request leaves; None when the load is over."""
        with self._lock:
            now_s = time.monotonic()
            rate = self.bounds.rate_per_s
            due_s = self._started_s + self._sent / rate if rate else now_s
            over = self._sent >= self.bounds.requests or max(due_s, now_s) - self._started_s > self.bounds.seconds
            if over or self._stop.is_set():
                return None
            self._sent += 1
            return due_s


@contextmanager
def running(load: Load) -> Iterator[Load]:
    """Run the load while the body does something else."""
    load.start()
    try:
        yield load
    finally:
        load.stop()


def rest(url: str, body: bytes, *, timeout_s: float = 30.0) -> Callable[[], None]:
    """Ask over REST, each time over a connection of its own; whatever is no answer is an OSError.

    Raises:
        ValueError: the address is not this computer.
    """
    if urllib.parse.urlsplit(url).hostname != LOOPBACK:
        raise ValueError(f"a load goes to {LOOPBACK} alone, not to {url}")

    def ask() -> None:
        request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 - http to loopback
                answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise OSError(f"HTTP {error.code}: {error.read()[:200]!r}") from error
        except http.client.HTTPException as error:  # as from a server of gRPC that a port led to until now
            raise OSError(f"no answer over HTTP: {error!r}") from error

    return ask
