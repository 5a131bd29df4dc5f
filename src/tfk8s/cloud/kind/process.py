"""Runs `kind`, `docker` and `kubectl`: bounded in time, no shell, and their own words in the error."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from tfk8s.errors import CloudError, PreconditionError, WaitTimeoutError

_LOG = logging.getLogger(__name__)
_SHOWN_LINES = 12
_INSTALL = {
    "kind": "install kind (https://kind.sigs.k8s.io) and put it on the PATH",
    "docker": "install Docker and put its command on the PATH",
    "kubectl": "install kubectl and put it on the PATH",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A program that came to its end."""

    command: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.stdout.decode(errors="replace")

    def failure(self, what: str, *, hint: str | None = None) -> CloudError:
        """The error for a program that refused, with its last lines."""
        return CloudError(
            f"{what}: `{' '.join(self.command[:3])}` exited with {self.code}", hint=hint, details=self.last_lines
        )

    @property
    def last_lines(self) -> tuple[str, ...]:
        """What the program said last, a line each."""
        lines = f"{self.stderr}\n{self.text}".splitlines()
        return tuple(line for line in lines if line.strip())[-_SHOWN_LINES:]


class Runner(Protocol):
    """Runs a program to its end."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        timeout_s: float,
        stdin: Iterable[bytes] = (),
        keep_open: tuple[int, ...] = (),
    ) -> Completed:
        """Return whatever the exit code is.

        Args:
            command: the program and its arguments.
            timeout_s: after this the program is killed.
            stdin: pieces that are written to its standard input.
            keep_open: file descriptors that the program inherits.

        Raises:
            PreconditionError: there is no such program.
            WaitTimeoutError: it took too long.
        """
        ...


def run(
    command: Sequence[str], *, timeout_s: float, stdin: Iterable[bytes] = (), keep_open: tuple[int, ...] = ()
) -> Completed:
    """Implement `Runner` with real programs."""
    words = tuple(command)
    started = time.monotonic()
    with _started(words, keep_open) as child, _fed(child, stdin) as feeder:
        try:
            stdout, stderr = child.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            raise WaitTimeoutError(
                f"`{' '.join(words[:3])}` did not end within {timeout_s:.0f} s",
                hint="run the same command again; it goes on from what is there",
            ) from error
        feeder.raise_if_failed()
    _LOG.debug("%s -> %d in %.2f s", " ".join(words), child.returncode, time.monotonic() - started)
    return Completed(command=words, code=child.returncode, stdout=stdout, stderr=stderr.decode(errors="replace"))


@contextlib.contextmanager
def _started(words: tuple[str, ...], keep_open: tuple[int, ...]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        child = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=keep_open,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        hint = _INSTALL.get(words[0], f"install {words[0]}")
        raise PreconditionError(f"the program {words[0]} is not on the PATH", hint=hint) from error
    except PermissionError as error:
        raise PreconditionError(f"the program {words[0]} may not be run", hint="look at its permissions") from error
    try:
        yield child
    finally:
        if child.poll() is None:  # too late, interrupted, or its input could not be read
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()


class _Feeder:
    """Writes a program's input from a thread of its own, so that waiting stays bounded."""

    def __init__(self, pipe: IO[bytes], pieces: Iterable[bytes]) -> None:
        self._pipe, self._pieces = pipe, pieces
        self._failure: BaseException | None = None
        self.thread = threading.Thread(target=self._write, daemon=True)

    def _write(self) -> None:
        try:
            for piece in self._pieces:
                self._pipe.write(piece)
        except BrokenPipeError:
            return  # the program ended first; its exit code says why
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits
            self._failure = error
        finally:
            with contextlib.suppress(OSError):
                self._pipe.close()

    def raise_if_failed(self) -> None:
        """Raise what the pieces raised: the program saw a truncated input then, whatever it made of it."""
        self.thread.join()
        if self._failure is not None:
            raise self._failure


@contextlib.contextmanager
def _fed(child: subprocess.Popen[bytes], pieces: Iterable[bytes]) -> Iterator[_Feeder]:
    pipe, child.stdin = child.stdin, None  # `communicate` must leave it to the feeder
    assert pipe is not None  # noqa: S101 - we asked for a pipe
    feeder = _Feeder(pipe, pieces)
    feeder.thread.start()
    yield feeder
