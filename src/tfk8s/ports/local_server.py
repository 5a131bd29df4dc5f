"""A model server on this computer, as the use-case of `tfk8s serve` needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRun:
    """What a container of the service would get, and what of this computer takes the place of its volumes.

    Attributes:
        name: of the service.
        image: of the model server, without models.
        arguments: of the container.
        environment: of the container.
        files: content of each configuration file, by its path in the container.
        directories: the directory here that stands for one of the container, by the path there; read-only.
        rest_port: of 127.0.0.1 for REST.
        grpc_port: of 127.0.0.1 for gRPC.
    """

    name: str
    image: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    files: Mapping[str, str]
    directories: Mapping[str, Path]
    rest_port: int
    grpc_port: int


LogSink = Callable[[str], None]
"""Takes the server's log, a line a call, from a thread of its own."""


class LocalServer(Protocol):
    """A started server."""

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it runs."""
        ...

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The end of its log."""
        ...

    @property
    def advice(self) -> str:
        """The next thing to do when it ended by itself."""
        ...

    def wait(self, *, timeout_s: float) -> None:
        """Return when it has ended or the time is over."""
        ...


class LocalServers(Protocol):
    """One way of running model servers here."""

    @property
    def what(self) -> str:
        """For people: `tensorflow/serving:2.20.0 in Docker`."""
        ...

    def start(self, run: LocalRun, *, log: LogSink) -> AbstractContextManager[LocalServer]:
        """Start it; leaving the context stops it within seconds and leaves no process, container or file behind.

        Raises:
            PreconditionError: the program that runs it is missing or does not work.
        """
        ...
