"""What holds for every input, whatever it is: only our own failures leave, they can be shown, and it ends soon."""

from __future__ import annotations

import contextlib
import io
import re
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Final, TypeAlias

from tfk8s.cli.main import describe
from tfk8s.cli.output import present
from tfk8s.errors import Tfk8sError
from tfk8s.manifest import JsonValue

Check: TypeAlias = Callable[[bytes], None]

LIMIT_S: Final = 10.0
"""Of processor time, for one input."""

LIMIT_BYTES: Final = 256 << 20
"""Of memory that is resident at any time, with the interpreter and every library."""

PROGRAM_BYTES: Final = 64 << 20
"""What the interpreter with the libraries of a command has of it before it reads anything."""


_OWN_STYLES: Final = re.compile(r"\x1b\[(?:31|36|0)m")  # the colours of `error:` and `hint:`


class TooSlowError(BaseException):
    """An input takes more than `LIMIT_S`; no `except Exception` on the way may keep it."""


class TooLargeError(Exception):
    """An input takes more than `LIMIT_BYTES`, were it alone in a process."""


class UnshownError(Exception):
    """A failure has something in it that would control a terminal."""


def run_guarded(check: Check, data: bytes) -> int:
    """Check one input; whatever is raised is a finding. The bytes of memory that it took at most."""
    before = _resident_bytes()
    with _limited():
        try:
            check(data)
        except Tfk8sError as error:
            show_failure(error)
    taken = _peak_bytes() - before
    if taken > LIMIT_BYTES - PROGRAM_BYTES:
        raise TooLargeError(f"{taken >> 20} MiB for one input")
    return taken


def show_failure(error: Tfk8sError) -> None:
    """Write a failure as the program does.

    Raises:
        UnshownError: a character of it is none to be shown.
        UnicodeError: it cannot be written to a file in UTF-8.
    """
    text = _OWN_STYLES.sub("", describe(error))
    text.encode("utf-8")
    odd = {char for char in text if not char.isprintable() and char != "\n"}
    if odd:
        raise UnshownError(f"{sorted(odd)!r} in {text[:500]!r}")


def show_product(value: JsonValue, *, text: str = "") -> None:
    """Write what a command prints, in each form, to a file in UTF-8."""
    for output in ("json", "yaml", "text"):
        with io.TextIOWrapper(io.BytesIO(), encoding="utf-8") as file, contextlib.redirect_stdout(file):
            present(value, output=output, text=lambda: text)


def _resident_bytes() -> int:
    """What is resident now; the peak begins anew from here (https://man7.org/linux/man-pages/man5/proc.5.html)."""
    Path("/proc/self/clear_refs").write_text("5")
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _peak_bytes() -> int:
    found = re.search(r"VmHWM:\s+([0-9]+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) << 10 if found else 0


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    before = signal.signal(signal.SIGVTALRM, _too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _too_slow(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise TooSlowError(f"more than {LIMIT_S:g} s of processor time")
