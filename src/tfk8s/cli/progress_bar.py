"""Measured work on a terminal: a bar, how much is done, and how fast it goes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from tfk8s.ports import Progress

_CELLS = 20
_WINDOW_S = 5.0
_ENOUGH_S = 0.5
"""A rate over less time says nothing."""


class Rate:
    """How fast the piece of work goes that was told of last: units a second over the last five seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Nothing is known yet.

        Args:
            now: seconds on a clock that never goes back.
        """
        self._now = now
        self._what = ""
        self._seen: deque[tuple[float, int]] = deque()

    def of(self, event: Progress) -> float | None:
        """The rate with this event; None while it cannot be said."""
        now = self._now()
        if event.what != self._what or (self._seen and event.done < self._seen[-1][1]):
            self._what, self._seen = event.what, deque()
        self._seen.append((now, event.done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW_S:
            self._seen.popleft()
        since, done = self._seen[0]
        passed_s = now - since
        return (event.done - done) / passed_s if passed_s >= _ENOUGH_S else None


def bar_line(event: Progress, *, amount: str, rate: float | None) -> str:
    """One line for the live display.

    Args:
        event: what was done.
        amount: the same in words, as `10 of 198 MiB`.
        rate: units a second, when known; shown for bytes alone.
    """
    parts = [event.what]
    if event.total:
        done = min(event.done, event.total)
        filled = _CELLS * done // event.total
        parts.append(f"{'█' * filled}{'░' * (_CELLS - filled)} {100 * done // event.total:>3} %")
    parts.append(amount)
    if rate is not None and event.unit == "bytes":
        parts.append(f"{rate / 2**20:.1f} MiB/s")
    return "  ".join(parts)
