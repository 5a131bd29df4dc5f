"""The runner of programs against real programs, and the lock that a killed run leaves to a program that outlives it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.modelserver.running import eventually
from tests.testbed.process import is_running
from tfk8s.clock import SystemClock
from tfk8s.cloud.kind.journal import Journal, opened
from tfk8s.cloud.kind.process import run
from tfk8s.errors import InputError, PreconditionError, WaitTimeoutError
from tfk8s.ports import SilentReporter

pytestmark = pytest.mark.contract


def test_output_and_exit_code_come_back() -> None:
    done = run(["sh", "-c", "echo out; echo err >&2; exit 3"], timeout_s=60)

    assert (done.code, done.text, done.stderr) == (3, "out\n", "err\n")
    assert done.failure("it failed").details == ("err", "out")


def test_pieces_are_fed_to_the_program() -> None:
    pieces = (b"x" * (1 << 20) for _ in range(20))

    assert run(["wc", "-c"], timeout_s=60, stdin=pieces).text.strip() == str(20 << 20)


def test_a_program_that_stops_reading_does_not_hang_the_feeder() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * (1 << 16)

    started = time.monotonic()

    assert run(["sh", "-c", "exit 4"], timeout_s=60, stdin=endless()).code == 4
    assert time.monotonic() - started < 10


def test_what_the_pieces_raise_is_raised() -> None:
    def broken() -> Iterator[bytes]:
        yield b"x"
        raise InputError("the file changed")

    with pytest.raises(InputError, match="the file changed"):
        run(["cat"], timeout_s=60, stdin=broken())


def test_a_missing_program_is_a_precondition() -> None:
    with pytest.raises(PreconditionError, match="no-such-program is not on the PATH"):
        run(["no-such-program"], timeout_s=60)


def test_a_program_that_may_not_be_run_is_a_precondition(tmp_path: Path) -> None:
    with pytest.raises(PreconditionError, match="may not be run"):
        run([str(tmp_path)], timeout_s=60)


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    (tmp_path / "watched").touch()
    child = ["tail", "-f", str(tmp_path / "watched")]

    with pytest.raises(WaitTimeoutError, match="did not end within"):
        run(["sh", "-c", f"{shlex.join(child)} & wait"], timeout_s=1)

    eventually(lambda: not is_running(child), timeout_s=60)  # the kernel ends a group one by one


def test_the_lock_is_held_until_a_program_that_outlived_its_run_has_ended(tmp_path: Path) -> None:
    """`tfk8s` is killed, the `kind` that it started goes on: the next run waits for it."""
    go_on = tmp_path / "go-on"
    go_on.touch()
    program = f"""
import sys
from pathlib import Path
from tests.fakes.clock import FakeClock
from tests.modelserver.running import eventually
from tfk8s.cloud.kind.journal import Journal, opened
from tfk8s.cloud.kind.process import run
from tfk8s.ports import SilentReporter
with opened(Path({str(tmp_path / "demo")!r}), clock=FakeClock(), timeout_s=1, reporter=SilentReporter()) as journal:
    journal.begin()
    command = "echo $$ > {tmp_path / "pid"}; while [ -e {go_on} ]; do sleep 0.1; done"
    run(["sh", "-c", command], timeout_s=100, keep_open=(journal.handle,))
"""
    try:
        killed = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[3])
        outlived = _pid_in(tmp_path / "pid")
        killed.send_signal(signal.SIGKILL)
        killed.wait(timeout=60)

        with pytest.raises(WaitTimeoutError, match="another run"), _journal(tmp_path, FakeClock(), timeout_s=1):
            pass
        assert _lives(outlived)
    finally:
        go_on.unlink()
    with _journal(tmp_path, SystemClock(), timeout_s=60) as journal:
        assert journal.is_unfinished

    eventually(lambda: not _lives(outlived), timeout_s=60)


def _journal(folder: Path, clock: FakeClock | SystemClock, *, timeout_s: float) -> AbstractContextManager[Journal]:
    return opened(folder / "demo", clock=clock, timeout_s=timeout_s, reporter=SilentReporter())


def _pid_in(path: Path) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text().strip()):
            return int(text)
        time.sleep(0.05)
    raise AssertionError(f"{path} was not written")


def _lives(pid: int) -> bool:
    """Whether the process runs; a zombie that nobody has collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:  # it went between the two looks
        return False
