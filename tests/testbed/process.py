"""Programs run by the testbed: bounded, ended with all their children, found again by a pid file that we wrote."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from tests.testbed.progress import SetupError, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

SHORT_LIVED: Final[Mapping[str, str]] = {"GOGC": "off", "GOMEMLIMIT": "400MiB"}
"""For a program in Go that ends soon: it leaves its garbage where it is, which saves a sixth of its time."""

_SHOWN_LINES = 40  # a schema of many alternatives needs as many to say what does not fit


def run(
    command: Sequence[str | Path],
    *,
    timeout_s: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
) -> str:
    """Run a program to its end and return what it wrote to stdout.

    Args:
        command: The program and its arguments; no shell is involved.
        timeout_s: Seconds after which the program and its children are killed.
        env: Variables set on top of this process's own.
        cwd: Folder to run in.
        stdin: Text to feed; nothing by default.

    Raises:
        SetupError: The program is missing, failed, or took too long; with its last lines.
    """
    words = [str(word) for word in command]
    if shutil.which(words[0]) is None:
        raise SetupError(f"program not found: {words[0]}")
    child = subprocess.Popen(
        [*_tie(), *words],
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **env} if env else None,
        cwd=cwd,
        start_new_session=True,
    )
    try:
        out, err = child.communicate(stdin, timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise SetupError(f"`{_shown(words)}` did not end within {timeout_s:.0f} s") from error
    finally:
        _kill_group(child)
    if child.returncode != 0:
        tail = "\n".join(f"{err}{out}".strip().splitlines()[-_SHOWN_LINES:])
        raise SetupError(f"`{_shown(words)}` exited with {child.returncode}:\n{tail}")
    return out


def succeeds(command: Sequence[str | Path], *, timeout_s: float, env: Mapping[str, str] | None = None) -> bool:
    """Tell whether a program ends well within its time."""
    try:
        run(command, timeout_s=timeout_s, env=env)
    except SetupError:
        return False
    return True


def wait_until(
    condition: Callable[[], bool], *, timeout_s: float, what: str, interval_s: float = 0.2, log: Path | None = None
) -> None:
    """Poll until the condition holds; when time is up, say what was waited for and show the log's end."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            tail = f"\n{tail_of(log)}" if log else ""
            raise SetupError(f"waited {timeout_s:.0f} s in vain for {what}{tail}")
        time.sleep(interval_s)


def tail_of(log: Path) -> str:
    """Return a log's last lines, or nothing when there is no log."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:])


def spawn(
    command: Sequence[str | Path], *, pid_file: Path, log: Path, env: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Start a program that outlives us, its output in a log and its process id in a file; `env` tops our variables."""
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **env},
            start_new_session=True,
        )
    pid_file.write_text(f"{child.pid}\n")
    child.returncode = 0  # it is not ours to wait for: no ResourceWarning when this object goes


@contextmanager
def beside(command: Sequence[str | Path], *, log: Path) -> Iterator[None]:
    """Run a program while the body runs, its output in a log; it ends with the body, and with us however we end."""
    with log.open("ab") as sink:
        child = subprocess.Popen(
            [*_tie(), *(str(word) for word in command)],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        child.kill()
        child.wait()


def live_pid(pid_file: Path, *, mark: str) -> int | None:
    """Return the recorded process id if that process lives and its command line holds the mark.

    A pid file may be older than the machine's boot, and its number somebody else's by now: the mark decides.
    """
    try:
        pid = int(pid_file.read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError, IndexError):
        return None
    return pid if mark.encode() in words and state != "Z" else None


def is_running(command: Sequence[str]) -> bool:
    """Tell whether any process has this very command line; one that nobody has collected has none."""
    wanted = "".join(f"{word}\0" for word in command).encode()
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it went between the two looks
            if line.read_bytes() == wanted:
                return True
    return False


def stop(pid_file: Path, *, mark: str, grace_s: float) -> None:
    """End the recorded process: SIGTERM, SIGKILL once its grace is over; forget the pid file."""
    for number, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 10.0)):
        pid = live_pid(pid_file, mark=mark)
        if pid is None:
            break
        with suppress(ProcessLookupError):  # it may end by itself at this very moment
            os.kill(pid, number)
        deadline = time.monotonic() + wait_s
        while not _is_gone(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
    pid_file.unlink(missing_ok=True)


@contextmanager
def exclusive(lock: Path, *, timeout_s: float) -> Iterator[None]:
    """Hold the lock file while the body runs; two runs never work on the same cache at once."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as handle:
        deadline = time.monotonic() + timeout_s
        told = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise SetupError(f"another run holds {lock} for more than {timeout_s:.0f} s") from error
                if not told:
                    say(f"waiting for the run that holds {lock}")
                    told = True
                time.sleep(0.3)
        yield


@cache
def _tie() -> tuple[str, ...]:
    """Return what makes the kernel kill a program when we die: a `kind create` left behind would undo the next one."""
    return ("setpriv", "--pdeathsig", "KILL", "--") if shutil.which("setpriv") else ()


def _is_gone(pid: int) -> bool:
    """Tell whether a process has ended; a dead child of our own is collected, so that it leaves no zombie."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return not Path(f"/proc/{pid}").exists()


def _kill_group(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()


def _shown(words: Sequence[str]) -> str:
    text = " ".join(words)
    return text if len(text) <= 160 else f"{text[:157]}..."
