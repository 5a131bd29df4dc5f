"""A clock that moves only when somebody sleeps."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


class FakeClock:
    """Satisfies `tfk8s.clock.Clock`; a ten-minute wait takes no time."""

    def __init__(self) -> None:
        """Start at zero seconds, midnight of 2026-01-01 UTC."""
        self._passed_s = 0.0

    def monotonic_s(self) -> float:
        """Seconds slept so far."""
        return self._passed_s

    def utc_now(self) -> datetime:
        """The start plus the seconds slept."""
        return START + timedelta(seconds=self._passed_s)

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self._passed_s += seconds
