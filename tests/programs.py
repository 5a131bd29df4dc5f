"""The programs that the tiers run: their output in whole lines that say whose they are, and no child left behind."""

from __future__ import annotations

import codecs
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final

_GRACE_S: Final = 30.0
_LAST_WORDS_S: Final = 5.0
_NOT_THERE: Final = 127  # as a shell says it
_LESS: Final = 'echo "$0" 2>/dev/null >/proc/self/autogroup; exec nice -n "$0" "$@"'
"""Each program begins a session; where Linux shares time out among sessions first, `nice` alone counts within one."""
_MARKS: Final = ("FAILED ", "ERROR ")
"""How pytest's summary begins to tell a failed test."""


@dataclass(slots=True)
class Output:
    """Where the output of a tier's programs goes.

    Attributes:
        name: stands before each line; without one the programs write to our own output themselves.
        niceness: of the programs.
        failures: lines that told a failed test.
        unfinished: the line that has not ended yet: pytest's letters so far.
    """

    name: str = ""
    niceness: int = 0
    failures: list[str] = field(default_factory=list)
    unfinished: str = ""


OUTPUT_OF_OURS: Final = Output()


class Programs:
    """Runs programs from several threads, each in a process group of its own, and ends them all at once."""

    def __init__(
        self,
        *,
        folder: Path,
        environment: Mapping[str, str] = MappingProxyType({}),
        to: IO[str] | None = None,
        grace_s: float = _GRACE_S,
    ) -> None:
        """Keep where the programs run, what their environment has besides ours, and where we write.

        Args:
            folder: where the programs run.
            environment: what they have besides our own.
            to: where we write; stderr by default.
            grace_s: seconds that they have for ending at Ctrl-C.
        """
        self._folder, self._environment, self._to, self._grace_s = folder, environment, to or sys.stderr, grace_s
        self._running: set[subprocess.Popen[bytes]] = set()
        self._outputs: list[Output] = []
        self._lock = threading.Lock()
        self._is_over = False

    def run(self, command: tuple[str, ...], *, timeout_s: float, output: Output = OUTPUT_OF_OURS) -> int | None:
        """Run a program to its end and return its exit code; None when its time was up, and it was killed."""
        try:
            child = self._start(command, output)
        except OSError as error:
            self.say(f"error: {error}")
            return _NOT_THERE
        if child is None:
            return -signal.SIGINT
        reading = threading.Thread(target=self._read, args=(child, output), daemon=True)
        if output.name:
            reading.start()
        try:
            return child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            _signal(child, signal.SIGKILL)
            child.wait()
            return None
        finally:
            if child.poll() is not None:
                with self._lock:
                    self._running.discard(child)
                if output.name:
                    reading.join(_LAST_WORDS_S)  # what it has left behind may still hold the pipe

    def end(self) -> None:
        """Start nothing more; end what runs as Ctrl-C does, and by force what does not end, or at a second Ctrl-C."""
        with self._lock:
            self._is_over = True
            running = list(self._running)
        end = time.monotonic() + self._grace_s
        try:
            for child in running:
                _signal(child, signal.SIGINT)
            for child in running:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(max(end - time.monotonic(), 0.0))
        finally:
            for child in running:
                _signal(child, signal.SIGKILL)

    @contextmanager
    def output(self, name: str, *, niceness: int = 0) -> Iterator[Output]:
        """Name the lines of a tier's programs, which are shown as unfinished while the body runs."""
        made = Output(name=name, niceness=niceness)
        self._outputs.append(made)
        try:
            yield made
        finally:
            self._outputs.remove(made)

    def unfinished(self) -> list[str]:
        """The last line of each output, as far as it has come."""
        return [f"{output.name:<13} | {output.unfinished}" for output in list(self._outputs) if output.unfinished]

    def say(self, line: str) -> None:
        """Write one line."""
        with self._lock:
            self._to.write(line + "\n")
            self._to.flush()

    def _start(self, command: tuple[str, ...], output: Output) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._is_over:
                return None
            child = subprocess.Popen(
                ("sh", "-c", _LESS, str(output.niceness), *command) if output.niceness else command,
                cwd=self._folder,
                env={**os.environ, **self._environment},
                stdout=subprocess.PIPE if output.name else None,
                stderr=subprocess.STDOUT if output.name else None,
                start_new_session=True,
            )
            self._running.add(child)
        return child

    def _read(self, child: subprocess.Popen[bytes], output: Output) -> None:
        assert child.stdout is not None
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with child.stdout as pipe:
            while read := os.read(pipe.fileno(), 65536):
                *lines, output.unfinished = (output.unfinished + decoder.decode(read)).split("\n")
                for line in lines:
                    self._tell(line, output)
        if output.unfinished:
            self._tell(output.unfinished, output)
            output.unfinished = ""

    def _tell(self, line: str, output: Output) -> None:
        if line.startswith(_MARKS):
            output.failures.append(line)
        self.say(f"{output.name:<13} | {line}")


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
