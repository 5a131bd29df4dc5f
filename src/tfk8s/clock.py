"""Now and sleep as an object, so that a ten-minute wait can be tested in a millisecond."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    """What waiting needs of time."""

    def monotonic_s(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def utc_now(self) -> datetime:
        """The wall clock, timezone-aware, for comparison with times that a server wrote."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


class SystemClock:
    """The machine's own time."""

    def monotonic_s(self) -> float:
        """Seconds of `time.monotonic`."""
        return time.monotonic()

    def utc_now(self) -> datetime:
        """The machine's wall clock in UTC."""
        return datetime.now(timezone.utc)

    def sleep(self, seconds: float) -> None:
        """Block the calling thread."""
        time.sleep(seconds)


def rfc3339(moment: datetime) -> str:
    """A moment as Kubernetes writes it, and as our own records and reports do: in UTC, to the second."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def ticks(clock: Clock, *, timeout_s: float, interval_s: float) -> Iterator[float]:
    """Yield the seconds that are left, at once and then every `interval_s`, until `timeout_s` is over.

    The last value is 0.0 or less: a caller always gets one look at the moment the time is up.
    """
    deadline = clock.monotonic_s() + timeout_s
    while True:
        left = deadline - clock.monotonic_s()
        yield left
        if left <= 0:
            return
        clock.sleep(max(min(interval_s, deadline - clock.monotonic_s()), 0.0))
