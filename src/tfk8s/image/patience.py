"""How often and how long to wait for a registry that is in passing trouble."""

from __future__ import annotations

from typing import Final

from tfk8s.clock import Clock
from tfk8s.image.answer import Answer

_TRANSIENT: Final = frozenset({429, 502, 503, 504})
TRIES: Final = 5
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 60.0


def is_transient(answer: Answer) -> bool:
    """Whether the same request may have another answer in a moment."""
    return answer.status in _TRANSIENT


class Patience:
    """Waits twice as long each time, or as long as the registry asks for, and is at an end after a few times."""

    def __init__(self, clock: Clock, *, tries: int = TRIES) -> None:
        """Start fresh."""
        self._clock, self._tries = clock, tries
        self._waits = 0

    def renew(self) -> None:
        """Start again, because something went forward."""
        self._waits = 0

    def wait(self, answer: Answer | None = None) -> bool:
        """Wait, then answer true; false at once when it is no use to wait any longer."""
        self._waits += 1
        if self._waits >= self._tries:
            return False
        asked = answer.retry_after_s(now=self._clock.utc_now()) if answer is not None else None
        if asked is not None and asked > _LONGEST_WAIT_S:
            return False
        self._clock.sleep(_FIRST_WAIT_S * 2 ** (self._waits - 1) if asked is None else asked)
        return True
