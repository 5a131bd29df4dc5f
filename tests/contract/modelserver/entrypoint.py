"""The image's entrypoint as the first process, in a container or in a PID namespace around a local binary."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from uuid import uuid4

from tests.modelserver.running import Binary, Container, Image, LocalProcess, Running, docker, tied

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.modelserver.running import Launcher

SCRIPT: Final = """#!/bin/bash

{binary} --port=8500 --rest_api_port=8501 \\
  --model_name=${{MODEL_NAME}} --model_base_path=${{MODEL_BASE_PATH}}/${{MODEL_NAME}} "$@"
"""


class Started(Running, Protocol):
    """A running entrypoint that takes signals."""

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to process 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InNamespace(LocalProcess):
    """`unshare`, whose one child is process 1 of the namespace."""

    def send(self, number: signal.Signals) -> None:
        command = ["pgrep", "-P", str(self.process.pid)]
        listed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout
        os.kill(int(listed), number)


@dataclass(frozen=True, slots=True, kw_only=True)
class InContainer(Container):
    """A container with the image's own entrypoint."""

    def send(self, number: signal.Signals) -> None:
        docker("kill", "--signal", number.name, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrypoint:
    """Starts the entrypoint for model `model` below the first of the mounts."""

    launcher: Launcher
    script: Path

    def start(self, arguments: Sequence[str], *, log: Path, mounts: Sequence[Path]) -> Started:
        variables = {"MODEL_NAME": "model", "MODEL_BASE_PATH": str(mounts[0])}
        match self.launcher:
            case Image(reference=reference):
                return _in_container(reference, arguments, variables, mount=mounts[0])
            case Binary(path=path):
                self.script.write_text(SCRIPT.format(binary=path))
                self.script.chmod(0o755)
                command = tied(["unshare", "--pid", "--fork", "--kill-child", str(self.script), *arguments])
                with log.open("wb") as output:
                    process = subprocess.Popen(
                        command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **variables}
                    )
                return InNamespace(process=process, log=log)
            case other:
                raise TypeError(other)


def _in_container(reference: str, arguments: Sequence[str], variables: dict[str, str], *, mount: Path) -> InContainer:
    name = f"tfk8s-contract-{uuid4().hex[:12]}"
    environment = [part for key, value in variables.items() for part in ("-e", f"{key}={value}")]
    volume = ["-v", f"{mount}:{mount}:ro"]
    docker("run", "-d", "--name", name, "--network", "host", *volume, *environment, reference, *arguments)
    return InContainer(name=name)
