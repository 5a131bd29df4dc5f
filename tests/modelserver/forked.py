"""Starts the test double by forking it from one process, which has loaded TensorFlow once for all tests of a worker."""

from __future__ import annotations

import atexit
import json
import os
import queue
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_START_S: Final = 60.0
_END_S: Final = 10.0


class Forks:
    """The process that is forked, and what it said of its servers."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str]) -> None:
        """Start it; it ends with this process at the latest."""
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self._started: queue.Queue[int] = queue.Queue()
        self._codes: dict[int, int] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()
        atexit.register(self._child.kill)

    def start(self, arguments: Sequence[str], *, log: Path) -> int:
        """Start a server and return its process."""
        log.touch()
        assert self._child.stdin is not None
        with self._lock:
            self._child.stdin.write(json.dumps({"arguments": list(arguments), "log": str(log)}).encode() + b"\n")
            self._child.stdin.flush()
            return self._started.get(timeout=_START_S)

    def exit_code(self, pid: int) -> int | None:
        """The exit code of a server, below 0 for a signal; None while it runs."""
        return self._codes.get(pid)

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            message = json.loads(line)
            if "started" in message:
                self._codes.pop(message["started"], None)  # of an earlier process of this number
                self._started.put(message["started"])
            else:
                self._codes[message["ended"]] = message["code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkedProcess:
    """A server that was forked."""

    forks: Forks
    pid: int
    log: Path

    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self.forks.exit_code(self.pid)

    def output(self) -> str:
        """All it wrote so far."""
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """Ends it at once."""
        if self.exit_code() is not None:
            return
        os.kill(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + _END_S
        while self.exit_code() is None:
            assert time.monotonic() < deadline, f"{self.pid} did not end"
            time.sleep(0.005)
