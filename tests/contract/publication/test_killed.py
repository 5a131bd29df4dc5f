"""Runs that are killed at any moment: nobody ever sees a part of a version, and the next run finishes it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.publication.dying import started
from tests.contract.publication.stands import CONTENT, Files, folder_left, folder_seen, write

ALL = sum(map(len, CONTENT.values()))
DIRECTORY_TOUCHES = (1, 2, 4, 7, 9, 12, 16, 20, 24, 28, 33, 36)
VOLUME_TOUCHES = (2, 4, 5, 7, 8, 10, 12, 13, 14, 15)


def run(kind: str, folder: Path, *, touch: int, see: Callable[[], dict[int, Files]]) -> int:
    """Run until the end; returns the exit code, less than 0 for a signal. Whatever is seen meanwhile is whole."""
    process = started(kind, folder, number=2, touch=touch)
    with watched(see) as wrong:
        _, status = os.waitpid(process, 0)
    assert wrong == [], f"at touch {touch}"
    return os.waitstatus_to_exitcode(status)


@contextmanager
def watched(see: Callable[[], dict[int, Files]]) -> Iterator[list[dict[int, Files]]]:
    """A reader that lists the place again and again, and keeps whatever is no whole version."""
    wrong: list[dict[int, Files]] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.01):
            try:
                seen = see()
            except FileNotFoundError:  # it went while it was read: the reader comes again, as the server does
                continue
            if seen not in ({}, {2: CONTENT}):
                wrong.append(seen)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield wrong
    finally:
        is_over.set()
        thread.join()


@pytest.mark.parametrize(("kind", "place"), [("directory", "models"), ("volume", "volume/half")])
def test_a_run_that_is_killed_at_any_touch_leaves_no_half_version_and_the_next_one_sends_what_is_missing(
    tmp_path: Path, kind: str, place: str
) -> None:
    killed = 0
    for touch in DIRECTORY_TOUCHES if kind == "directory" else VOLUME_TOUCHES:
        folder = tmp_path / str(touch)
        write(folder)
        base = folder / place

        def see(base: Path = base) -> dict[int, Files]:
            return folder_seen(base)

        code = run(kind, folder, touch=touch, see=see)
        assert code in (0, -signal.SIGKILL)
        brought = bytes_of(base)
        assert run(kind, folder, touch=0, see=see) == 0
        assert (folder_seen(base), folder_left(base)) == ({2: CONTENT}, [])
        assert int((folder / "sent").read_text()) <= ALL - brought
        killed += code != 0
    assert killed >= 8, "the run must be killed at many moments"


def bytes_of(base: Path) -> int:
    """Bytes of files that are whole, published or not."""
    found = 0
    for path in base.rglob("*"):
        if path.is_file():
            name = os.fspath(path.relative_to(base)).partition("/2/")[2] or os.fspath(path.relative_to(base / "2"))
            found += len(CONTENT[name]) if path.read_bytes() == CONTENT[name] else 0
    return found
