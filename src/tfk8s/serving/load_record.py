"""Times of requests while they are sent: as little work as possible on the way of each."""

from __future__ import annotations

import gc
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from tfk8s.load.outcome import Outcome

_LEAD_S: Final = 0.002
"""The first request is due so long after the start, so that it too can be on time."""

_OPEN: Final = -1.0


class Record:
    """What became of the requests of one schedule so far.

    Attributes:
        schedule: When they are due.
        next: The first that was not taken up yet.
        left: How many have no outcome yet.
    """

    __slots__ = ("_done", "_failures", "_sent", "_start", "left", "next", "schedule")

    def __init__(self, schedule: Sequence[float]) -> None:
        """Start the time of the schedule."""
        self.schedule = schedule
        self.next = 0
        self.left = len(schedule)
        self._sent = array("d", schedule)
        self._done = array("d", [_OPEN]) * len(schedule)
        self._failures: dict[int, str] = {}
        self._start = time.perf_counter() + _LEAD_S

    def now_s(self) -> float:
        """Seconds on the time of the schedule."""
        return time.perf_counter() - self._start

    def until_due_s(self, now_s: float) -> float | None:
        """Seconds until the next request is due, less than 0 when it is over-due; `None` after the last."""
        return self.schedule[self.next] - now_s if self.next < len(self.schedule) else None

    def take(self, now_s: float) -> int:
        """The next request is being sent; its number."""
        number = self.next
        self._sent[number] = now_s
        self.next += 1
        return number

    def pass_over(self, failure: str) -> None:
        """The next request is never sent."""
        self.next += 1
        self.finish(self.next - 1, at_s=self.schedule[self.next - 1], failure=failure)

    def sent_s(self, number: int) -> float:
        """When a request was sent."""
        return self._sent[number]

    def is_open(self, number: int) -> bool:
        """Whether a request has no outcome yet."""
        return self._done[number] == _OPEN

    def finish(self, number: int, *, at_s: float, failure: str = "") -> None:
        """A request has its outcome; the first one stays."""
        if self.is_open(number):
            self._done[number] = at_s
            self.left -= 1
            if failure:
                self._failures[number] = failure

    def outcomes(self) -> Sequence[Outcome]:
        """Of all requests; each must have one."""
        rows = zip(self.schedule, self._sent, self._done, strict=True)
        return [Outcome(*times, self._failures.get(number, "")) for number, times in enumerate(rows)]


@contextmanager
def no_collection() -> Iterator[None]:
    """A collection of garbage holds everything up for milliseconds; nothing here makes cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
