"""Which lines of a container were told already, so that a stream that is opened anew repeats none and leaves none out.

The API begins a stream at a whole second, and the runtime may write lines of stdout and stderr a little out of their
order. So a new stream begins a second before the newest line, and what was told since then is counted off.
"""

from __future__ import annotations

from collections import Counter, deque

from tfk8s.ports.logs import StampedLine

SECOND_NS = 10**9

_MOST = 50_000
"""Remembered lines; a container that writes more in two seconds is resumed at the oldest that is remembered."""


class Told:
    """Remembers the lines of the last second or two of one container, as numbers."""

    def __init__(self, *, most: int = _MOST) -> None:
        """Nothing was told yet."""
        self._most = most
        self._recent: deque[tuple[int, int]] = deque()
        self._counts: Counter[tuple[int, int]] = Counter()
        self._pending: Counter[tuple[int, int]] | None = None
        self._newest_ns: int | None = None
        self._forgotten_ns = self._floor_ns = -1
        self._word = ""

    @property
    def since_ns(self) -> int | None:
        """Where the next stream must begin; None when nothing was told: at the beginning."""
        return None if self._newest_ns is None else max(self._window_ns(), self._forgotten_ns)

    def resume(self) -> None:
        """Another stream begins; it repeats what was told since `since_ns`."""
        self._pending = Counter(self._counts)
        self._floor_ns = max(self._window_ns(), self._forgotten_ns + 1)

    def is_new(self, line: StampedLine) -> bool:
        """Whether to tell the line; it counts as told from then on.

        A line without a time is the kubelet's, and is new when it says something else than its last one.
        """
        if line.at_ns is None:
            is_new, self._word = line.text != self._word, line.text
            return is_new
        key = (line.at_ns, hash(line.text))
        if self._pending is not None:
            if self._pending[key] > 0:
                self._pending[key] -= 1
                return False
            if line.at_ns < self._floor_ns:
                return False
        self._remember(key)
        return True

    def _remember(self, key: tuple[int, int]) -> None:
        self._recent.append(key)
        self._counts[key] += 1
        self._newest_ns = max(key[0], self._newest_ns or 0)
        window_ns = self._window_ns()
        while self._recent[0][0] < window_ns or len(self._recent) > self._most:
            oldest = self._recent.popleft()
            self._forgotten_ns = max(self._forgotten_ns, oldest[0])
            self._counts[oldest] -= 1
            if not self._counts[oldest]:
                del self._counts[oldest]

    def _window_ns(self) -> int:
        return ((self._newest_ns or 0) // SECOND_NS - 1) * SECOND_NS
