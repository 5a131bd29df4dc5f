"""Starts a model server for a test: a local binary, or the published image through Docker, behind the same face."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from uuid import uuid4

from tests.modelserver.forked import ForkedProcess, Forks
from tests.modelserver.paths import REPOSITORY, Paths
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

START_TIMEOUT_S: Final = 60.0
_STEP_S: Final = 0.05
_LOOPBACK: Final = "127.0.0.1"


class Running(Protocol):
    """A started process or container."""

    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""

    def output(self) -> str:
        """All it wrote so far, both streams together."""

    def kill(self) -> None:
        """Ends it at once; does nothing when it has ended."""


class Launcher(Protocol):
    """A way to start model servers."""

    def start(self, arguments: Sequence[str], *, log: Path, mounts: Sequence[Path]) -> Running:
        """Starts a server that may read what lies below `mounts`, under the same paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalProcess:
    """A server started from a local binary."""

    process: subprocess.Popen[bytes]
    log: Path

    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self.process.poll()

    def output(self) -> str:
        """All it wrote so far."""
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """Ends it at once."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """Starts a `tensorflow_model_server` executable."""

    path: Path

    def start(self, arguments: Sequence[str], *, log: Path, mounts: Sequence[Path]) -> Running:
        """Starts the binary; it reads the file system directly."""
        del mounts
        with log.open("wb") as output:
            process = subprocess.Popen(tied([str(self.path), *arguments]), stdout=output, stderr=subprocess.STDOUT)
        return LocalProcess(process=process, log=log)


@dataclass(frozen=True, slots=True, kw_only=True)
class Double(Binary):
    """Starts the test double: forked from a process that has loaded TensorFlow already."""

    def start(self, arguments: Sequence[str], *, log: Path, mounts: Sequence[Path]) -> Running:
        """Starts one more; it reads the file system directly."""
        del mounts
        forks = _forks()
        return ForkedProcess(forks=forks, pid=forks.start(arguments, log=log), log=log)


@functools.cache
def _forks() -> Forks:
    command = [str(Paths.from_environment().venv_python), "-m", "tests.modelserver.server.forks"]
    return Forks(tied(command), environment={**os.environ, "PYTHONPATH": str(REPOSITORY)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A server started from an image."""

    name: str

    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        running, code = docker("inspect", "-f", "{{.State.Running}} {{.State.ExitCode}}", self.name).split()
        return None if running == "true" else int(code)

    def output(self) -> str:
        """All it wrote so far."""
        return docker("logs", self.name)

    def kill(self) -> None:
        """Removes the container."""
        subprocess.run(["docker", "rm", "-f", self.name], check=False, capture_output=True, timeout=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Starts an image through Docker, on the host's network so that ports mean the same as for a binary."""

    reference: str

    def start(self, arguments: Sequence[str], *, log: Path, mounts: Sequence[Path]) -> Running:
        """Runs the image's binary without its entrypoint, so that `arguments` are all the flags there are."""
        del log
        name = f"tfk8s-contract-{uuid4().hex[:12]}"
        volumes = [part for mount in mounts for part in ("-v", f"{mount}:{mount}:ro")]
        binary = ["--entrypoint", "/usr/bin/tensorflow_model_server"]
        docker("run", "-d", "--name", name, "--network", "host", *volumes, *binary, self.reference, *arguments)
        return Container(name=name)


@dataclass(slots=True, kw_only=True)
class Server:
    """A running server and its two ports on loopback."""

    running: Running
    grpc_port: int
    rest_port: int

    @property
    def url(self) -> str:
        """The REST address."""
        return f"http://{_LOOPBACK}:{self.rest_port}"

    @property
    def target(self) -> str:
        """The gRPC address."""
        return f"{_LOOPBACK}:{self.grpc_port}"

    def is_open(self) -> bool:
        """Whether the REST port takes connections."""
        return accepts(self.rest_port)

    def wait_until_open(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Waits for the REST port, which opens last.

        Raises:
            AssertionError: when the process ends or the time is over; with all it wrote.
        """
        eventually(
            lambda: self.is_open() or self.running.exit_code() is not None,
            timeout_s=timeout_s,
            explain=self.running.output,
        )
        assert self.running.exit_code() is None, self.running.output()

    def wait_for_exit(self, timeout_s: float = START_TIMEOUT_S) -> int:
        """The exit code."""
        eventually(lambda: self.running.exit_code() is not None, timeout_s=timeout_s, explain=self.running.output)
        code = self.running.exit_code()
        assert code is not None
        return code


def start(launcher: Launcher, flags: Sequence[str], *, log: Path, mounts: Sequence[Path]) -> Server:
    """Starts a server on two free ports; `flags` come last and win."""
    grpc_port, rest_port = free_port(), free_port()
    arguments = [f"--port={grpc_port}", f"--rest_api_port={rest_port}", *flags]
    return Server(running=launcher.start(arguments, log=log, mounts=mounts), grpc_port=grpc_port, rest_port=rest_port)


def chosen_launcher(double: Path) -> Launcher:
    """The server under test: an image, a binary, or else the double."""
    if image := os.environ.get("TFK8S_MODEL_SERVER_IMAGE"):
        return Image(reference=image)
    named = os.environ.get("TFK8S_MODEL_SERVER")
    return Binary(path=Path(named)) if named else Double(path=double)


def eventually(holds: Callable[[], bool], *, timeout_s: float, explain: Callable[[], str] = str) -> None:
    """Waits until something holds.

    Raises:
        AssertionError: when it still does not after `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"still not after {timeout_s} s: {explain()}"
        time.sleep(_STEP_S)


def stays(holds: Callable[[], bool], *, for_s: float) -> bool:
    """Whether something holds all the time; ends at the first moment at which it does not."""
    deadline = time.monotonic() + for_s
    while time.monotonic() < deadline:
        if not holds():
            return False
        time.sleep(_STEP_S)
    return True


def accepts(port: int) -> bool:
    """Whether a loopback port takes connections."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((_LOOPBACK, port)) == 0


def tied(command: list[str]) -> list[str]:
    """The command, killed by the kernel when this process dies: no killed test run leaves a server behind."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *command] if shutil.which("setpriv") else command


def docker(*arguments: str) -> str:
    """Runs a docker command; what it printed."""
    result = subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True, timeout=120)
    return result.stdout + result.stderr
