"""Runs a model server on this computer, in Docker or bare, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfk8s.errors import PreconditionError
from tfk8s.ports import LocalRun, LocalServer, LocalServers, LogSink
from tfk8s.serving.local_command import BINARY, DockerSettings, binary_command, docker_command, local_files
from tfk8s.serving.local_command import file_names as names_of

_SHOWN_LINES = 12
_STOP_S = 5.0
_DOCKER_ANSWER_S = 15.0
_REMOVAL_LOOKS, _REMOVAL_PAUSE_S = 20, 0.25
_DOCKERS_OWN_CODES = (125, 126, 127)
"""`docker run` failed before the server began: https://docs.docker.com/engine/containers/run/#exit-status."""

_BOTH_WAYS = (
    "install Docker (https://docs.docker.com/engine/install/), or put tensorflow_model_server on the PATH "
    "(Debian package tensorflow-model-server of TensorFlow's repository)"
)


class _Process:
    """`ports.LocalServer` on a process whose output is one stream of lines."""

    def __init__(self, child: subprocess.Popen[bytes], *, log: LogSink, is_docker: bool) -> None:
        self._child = child
        self._is_docker = is_docker
        self._log = log
        self._last: deque[str] = deque(maxlen=_SHOWN_LINES)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        code = self._child.poll()
        if code is not None:
            self._reader.join(_STOP_S)  # the last lines are the ones that matter
        return code

    @property
    def last_lines(self) -> tuple[str, ...]:
        return tuple(self._last)

    @property
    def advice(self) -> str:
        if self._is_docker and self.exit_code in _DOCKERS_OWN_CODES:
            return "docker could not get or start the image: name another one with --image, or use --binary"
        return "its last lines say why; `tfk8s inspect` checks the model"

    def wait(self, *, timeout_s: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(timeout_s)

    def stop(self, *, with_signal: signal.Signals) -> None:
        """Signal it and all that it started, then kill what is left."""
        for sent in (with_signal, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, sent)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(_STOP_S)
                break
        self._reader.join(_STOP_S)

    def _read(self) -> None:
        stream = self._child.stdout
        assert stream is not None  # noqa: S101 - we asked for a pipe
        with stream:
            for raw in stream:
                line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
                self._last.append(line)
                self._log(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryServers:
    """`ports.LocalServers` with a `tensorflow_model_server` of this computer."""

    program: str

    @property
    def what(self) -> str:
        """See ports.LocalServers."""
        return self.program

    @contextlib.contextmanager
    def start(self, run: LocalRun, *, log: LogSink) -> Iterator[LocalServer]:
        """See ports.LocalServers."""
        with _folder_of(local_files(run)) as folder:
            command = _tied(binary_command(run, program=self.program, folder=folder))
            with _started(command, log=log, environment={**os.environ, **run.environment}) as process:
                yield process


def _tied(command: tuple[str, ...]) -> tuple[str, ...]:
    """Let the kernel end the program when we are killed; `setpriv` is util-linux's, so only Linux has it."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL", "--", *command) if setpriv else command


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerServers:
    """`ports.LocalServers` with a container of the local Docker."""

    image: str

    @property
    def what(self) -> str:
        """See ports.LocalServers."""
        return f"{self.image} in Docker"

    @contextlib.contextmanager
    def start(self, run: LocalRun, *, log: LogSink) -> Iterator[LocalServer]:
        """See ports.LocalServers."""
        contents = {name: run.files[path] for path, name in names_of(run).items()}
        with _folder_of(contents) as folder:
            settings = DockerSettings(
                container=f"tfk8s-serve-{run.name}-{secrets.token_hex(4)}",
                user=f"{os.getuid()}:{os.getgid()}",  # the one that can read the model's files
                folder=folder,
            )
            command = docker_command(run, settings=settings)
            with _started(command, log=log, container=settings.container) as process:
                yield process


def choose(*, image: str, way: str | None) -> LocalServers:
    """Docker when its daemon answers, else the binary on the PATH; `way` is `docker`, `binary` or None for either.

    Raises:
        PreconditionError: the chosen way, or both, are not there.
    """
    program = shutil.which(BINARY)
    if way == "binary":
        if program is None:
            raise PreconditionError(f"{BINARY} is not on the PATH", hint=_BOTH_WAYS)
        return BinaryServers(program=program)
    problem = docker_problem()
    if problem is None:
        return DockerServers(image=image)
    if way != "docker" and program is not None:
        return BinaryServers(program=program)
    missing = "" if way == "docker" else f", and {BINARY} is not on the PATH"
    raise PreconditionError(f"{problem}{missing}", hint=_BOTH_WAYS)


def docker_problem() -> str | None:
    """Why Docker cannot be used, in its own words where it has some; None when it can."""
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_DOCKER_ANSWER_S, check=False)
    except FileNotFoundError:
        return "docker is not on the PATH"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"docker does not work: {error}"
    if done.returncode == 0:
        return None
    return f"docker does not work: {done.stderr.decode('utf-8', errors='replace').strip() or done.returncode}"


def _remove(container: str | None) -> None:
    """Kill and remove it; one that is not there is as good.

    The daemon removes it by itself too when its process ends (`--rm`), and then refuses to before it is done.
    """
    if container is None:
        return
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        for _ in range(_REMOVAL_LOOKS):
            _docker("rm", "--force", container)
            if _docker("container", "inspect", container):
                return  # there is none of this name any more
            time.sleep(_REMOVAL_PAUSE_S)


def _docker(*words: str) -> int:
    return subprocess.run(["docker", *words], capture_output=True, timeout=_DOCKER_ANSWER_S, check=False).returncode


@contextlib.contextmanager
def _folder_of(contents: dict[str, str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tfk8s-serve-") as name:
        for file, content in contents.items():
            (Path(name) / file).write_text(content, "utf-8")
        yield Path(name)


@contextlib.contextmanager
def _started(
    command: tuple[str, ...], *, log: LogSink, environment: dict[str, str] | None = None, container: str | None = None
) -> Iterator[_Process]:
    """A process of a session of its own: Ctrl-C reaches us alone, and we end it in our way.

    A container is removed by its name: its server ignores SIGTERM as process 1, and ending `docker run` leaves it.
    """
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise PreconditionError(f"{command[0]} cannot be run: {error.strerror}", hint=_BOTH_WAYS) from error
    process = _Process(child, log=log, is_docker=container is not None)
    try:
        yield process
    finally:
        with _uninterrupted():
            _remove(container)
            process.stop(with_signal=signal.SIGTERM)
            _remove(container)  # `docker run` may have made it in the meantime


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Ctrl-C does not leave a server behind; the clean-up is bounded."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
