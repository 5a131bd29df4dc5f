"""What the testbed says while it works: one line a step on stderr, and the one exception it fails with."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class SetupError(Exception):
    """The testbed could not be brought up or taken down."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep what failed and the next thing to do."""
        super().__init__(f"{message}\nhint: {hint}" if hint else message)


def say(text: str) -> None:
    """Write one progress line to stderr."""
    sys.stderr.write(f"testbed: {text}\n")
    sys.stderr.flush()


@contextmanager
def step(name: str) -> Iterator[None]:
    """Announce a step, and its seconds once it is over."""
    say(f"{name} ...")
    start = time.monotonic()
    yield
    say(f"{name}: {time.monotonic() - start:.1f} s")
