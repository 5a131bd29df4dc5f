"""A place from which `tfk8s image` is run as a user runs it: the real program against a real registry."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.registry.images import push_base
from tests.registry.running import RunningRegistry
from tests.unit.model.savedmodels import Version

LIMIT_S = 100
NAME = "project/repository/half"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run that is over."""

    code: int
    stdout: str
    stderr: str

    def answer(self) -> dict[str, object]:
        assert self.code == 0, self.stderr
        found = json.loads(self.stdout)
        assert isinstance(found, dict)
        return found


@dataclass(kw_only=True)
class Desk:
    """A folder with a spec and a model, and a home without any login."""

    folder: Path
    registry: RunningRegistry
    base: str
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **environment: str) -> Ran:
        done = subprocess.run(
            self.command(arguments),
            cwd=self.folder,
            env=self.environment_with(environment),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
        return Ran(code=done.returncode, stdout=done.stdout, stderr=done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(arguments),
            cwd=self.folder,
            env=self.environment_with({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def write_model(self, *, versions: tuple[int, ...] = (1,), size_bytes: int = 600_000) -> None:
        for version in versions:
            block = random.Random(version).randbytes(min(size_bytes, 1 << 20))  # noqa: S311 - no secret
            weights = block * (size_bytes // len(block))
            Version(files={"assets/weights": weights}).write(self.folder / "half" / str(version))

    def write_spec(self, *, repository: str = "", versions: str = "all") -> None:
        image = f"base: {self.base}, repository: {repository or self.repository}"
        (self.folder / "tfk8s.yaml").write_text(
            "apiVersion: tfk8s.dev/v1\nname: half\n"
            f"model: {{source: ./half, versions: {versions}}}\nimage: {{{image}}}\n"
        )

    @property
    def repository(self) -> str:
        return f"{self.registry.host}/{NAME}"

    def command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "tfk8s", *arguments]

    def environment_with(self, more: Mapping[str, str]) -> dict[str, str]:
        own = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "NO_GCE_CHECK": "true"}
        return {**own, **self.registry.environment(), **self.environment, **more}


def desk_at(registry: RunningRegistry, folder: Path) -> Desk:
    place = folder / "desk"
    place.mkdir()
    desk = Desk(folder=place, registry=registry, base=push_base(registry, folder))
    desk.write_model()
    desk.write_spec()
    return desk
