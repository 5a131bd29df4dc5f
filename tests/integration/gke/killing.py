"""Runs the command line in a process of its own, and ends it with SIGKILL when something happens."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tests.commandline import started
from tests.commandline.started import Command
from tfk8s.manifest import JsonObject

_LIMIT_S = 90.0


@dataclass
class Run:
    """A run that may be killed.

    Attributes:
        moment: set it to have the run killed.
        events: what it reported before that.
    """

    moment: threading.Event = field(default_factory=threading.Event)
    events: list[JsonObject] = field(default_factory=list)


Trigger: TypeAlias = Callable[[Run], AbstractContextManager[None]]
"""Prepares whatever sets the moment of a run, and cleans up behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """Where commands are run: a spec, and an environment."""

    spec: Path
    environment: Mapping[str, str]

    def run(self, command: str, *arguments: str, timeout_s: float = _LIMIT_S) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever its exit code."""
        return started.run(self._words(command, arguments), environment=self.environment, timeout_s=timeout_s)

    def json(self, command: str, *arguments: str, timeout_s: float = _LIMIT_S) -> JsonObject:
        """Run a command that must succeed, and return what it says."""
        done = self.run(command, *arguments, "-o", "json", timeout_s=timeout_s)
        assert done.returncode == 0, done.stderr
        value = json.loads(done.stdout)
        assert isinstance(value, dict)
        return value

    def killed(self, trigger: Trigger, command: str, *arguments: str) -> bool:
        """Run a command and kill it at the trigger's moment; False when it ended by itself before."""
        run = Run()
        words = self._words(command, [*arguments, "--progress", "json"])
        with (
            trigger(run),
            started.start(words, environment=self.environment, stderr=subprocess.PIPE) as child,
        ):
            reading = threading.Thread(target=_read, args=(child, run), daemon=True)
            reading.start()
            reached = run.moment.wait(_LIMIT_S)
            child.send_signal(signal.SIGKILL)
            code = child.wait(timeout=60)
            reading.join(60)
        assert reached, f"neither killed nor ended: {run.events[-3:]}"
        return code == -signal.SIGKILL

    def _words(self, command: str, arguments: Sequence[str]) -> list[str]:
        return [*command.split(), "-f", str(self.spec), *arguments]


def _read(child: Command, run: Run) -> None:
    assert child.stderr is not None
    for line in child.stderr:
        if line.startswith("{"):
            run.events.append(json.loads(line))
    run.moment.set()  # it ended by itself
