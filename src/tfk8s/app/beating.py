"""A clock that shows, while somebody waits by it, that the run is alive: another one would take a silent run over."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime

from tfk8s.clock import Clock
from tfk8s.ports.cluster import ClusterUnreachableError


class BeatingClock:
    """Satisfies `tfk8s.clock.Clock`."""

    def __init__(self, clock: Clock, *, beat: Callable[[], None]) -> None:
        """Call `beat` before each sleep."""
        self._clock, self._beat = clock, beat

    def monotonic_s(self) -> float:
        """See Clock."""
        return self._clock.monotonic_s()

    def utc_now(self) -> datetime:
        """See Clock."""
        return self._clock.utc_now()

    def sleep(self, seconds: float) -> None:
        """See Clock; a cluster that does not answer for a moment is waited for by whoever waits."""
        with contextlib.suppress(ClusterUnreachableError):
            self._beat()
        self._clock.sleep(seconds)
