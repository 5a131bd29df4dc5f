"""Starts the real command line in a process of its own, forked from one that has imported it."""

from __future__ import annotations

import atexit
import functools
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from typing_extensions import Self

_ROOT: Final = Path(__file__).resolve().parents[2]
_START_S: Final = 240.0
_MESSAGE_BYTES: Final = 1 << 16
_LOST: Final = -1000
"""The exit code of a command whose end nobody could see."""


class Command:
    """A command that was started: what tests need of `subprocess.Popen`.

    Attributes:
        pid: its process.
        stdout: what it writes, where that was asked for.
        stderr: the same.
    """

    def __init__(self, forks: Forks, pid: int, *, stdout: IO[str] | None, stderr: IO[str] | None) -> None:
        """Keep what was started."""
        self.pid, self.stdout, self.stderr = pid, stdout, stderr
        self._forks = forks

    def __enter__(self) -> Self:
        """Return the command."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its pipes, and wait for its end."""
        for pipe in (self.stdout, self.stderr):
            if pipe is not None:
                pipe.close()
        self.wait()

    def poll(self) -> int | None:
        """The exit code, below 0 for a signal; None while it runs."""
        return self._forks.code(self.pid)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        code = self._forks.code(self.pid, timeout_s=timeout, waits=True)
        if code is None:
            raise subprocess.TimeoutExpired("tfk8s", timeout or 0.0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Forks:
    """The process that is forked, and what it said of its commands."""

    def __init__(self) -> None:
        """Start it; it ends with this process at the latest."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "tests.commandline.forks"]
            self._child = subprocess.Popen(command, stdin=theirs.fileno(), cwd=_ROOT)
        self._started: queue.Queue[tuple[int, int]] = queue.Queue()
        self._numbers = count(1)
        self._codes: dict[int, int] = {}
        self._changed = threading.Condition()
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()
        atexit.register(self._end)

    def start(self, arguments: Sequence[str], *, environment: Mapping[str, str], streams: Sequence[int]) -> int:
        """Start a command with these streams and return its process."""
        said = {"arguments": [*arguments], "environment": dict(environment), "folder": str(Path.cwd())}
        with self._lock:
            number = next(self._numbers)
            socket.send_fds(self._socket, [json.dumps({**said, "number": number}).encode()], [*streams])
            while True:
                answered, pid = self._started.get(timeout=_START_S)
                if answered == number:  # else it is one that was waited for in vain
                    return pid

    def code(self, pid: int, *, timeout_s: float | None = 0.0, waits: bool = False) -> int | None:
        """The exit code of a command, or None while it runs; waited for as long as is said."""
        with self._changed:
            if waits:
                self._changed.wait_for(lambda: pid in self._codes, timeout_s)
            return self._codes.get(pid)

    def _read(self) -> None:
        while message := self._socket.recv(_MESSAGE_BYTES):
            said = json.loads(message)
            with self._changed:
                if "started" in said:
                    self._codes.pop(said["started"], None)  # of an earlier process of this number
                    self._started.put((said["number"], said["started"]))
                else:
                    self._codes[said["ended"]] = said["code"]
                    self._changed.notify_all()

    def _end(self) -> None:
        self._child.kill()
        self._child.wait()


@functools.cache
def _forks() -> Forks:
    return Forks()


def start(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    stdout: int | IO[str] = subprocess.DEVNULL,
    stderr: int | IO[str] = subprocess.DEVNULL,
) -> Command:
    """Start `tfk8s` with arguments, where its output goes as with `subprocess.Popen`; its stdin is empty."""
    with open(os.devnull, "r+") as nothing:  # noqa: PTH123  no path of ours
        ours, theirs = zip(*(_stream(to, nothing) for to in (stdout, stderr)), strict=True)
        try:
            pid = _forks().start(arguments, environment=environment, streams=[nothing.fileno(), *theirs])
        finally:
            for to, number in zip((stdout, stderr), theirs, strict=True):
                if to == subprocess.PIPE:
                    os.close(number)
    return Command(_forks(), pid, stdout=ours[0], stderr=ours[1])


def run(
    arguments: Sequence[str], *, environment: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run `tfk8s` to its end, whatever its exit code.

    Raises:
        subprocess.TimeoutExpired: it did not end; it was killed.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        with start(arguments, environment=environment, stdout=out, stderr=errors) as command:
            try:
                code = command.wait(timeout_s)
            except subprocess.TimeoutExpired:
                command.kill()
                raise
        out.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(["tfk8s", *arguments], code, out.read(), errors.read())


def _stream(to: int | IO[str], nothing: IO[str]) -> tuple[IO[str] | None, int]:
    """Our end of a stream, where there is one, and theirs."""
    if to == subprocess.PIPE:
        reading, writing = os.pipe()
        return os.fdopen(reading), writing
    if to == subprocess.DEVNULL:
        return None, nothing.fileno()
    assert not isinstance(to, int)
    return None, to.fileno()
