"""A service of a small model on the kind cluster, driven through the real command line in processes of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.commandline import started
from tests.commandline.started import Command
from tests.testbed import versions
from tests.testbed.clients import client
from tests.testbed.fixtures import Cluster
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import dump

MODEL = "half_plus"
"""Its version 1 answers x/2 + 2, version 2 x/2 + 3."""

PATIENCE_S = 240.0
"""How long tests wait for what has to come: on a busy machine a pod may take minutes to start."""

_COMMAND_S = 300.0
_DEATH_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A spec in a folder of its own, and the environment that its commands run in.

    Attributes:
        folder: holds the spec and a copy of the model.
        cluster: the testbed's.
        namespace: of the test.
        image: the model server's.
    """

    folder: Path
    cluster: Cluster
    namespace: str
    image: str

    @property
    def spec(self) -> Path:
        """The spec file."""
        return self.folder / "tfk8s.yaml"

    def write(self, **changes: JsonObject) -> None:
        """Write the spec; a change takes the place of a whole part."""
        value: JsonObject = {
            "apiVersion": "tfk8s.dev/v1",
            "name": "half",
            "namespace": self.namespace,
            "model": {"name": MODEL, "source": f"./{MODEL}", "versions": [1]},
            "image": {"base": self.image},
            "resources": {"cpu": "200m"},
            "serving": {"requestTimeoutSeconds": 5},
            "lifecycle": {"drainSeconds": 5},
            "cluster": {"provider": "kind", "name": versions.CLUSTER_NAME},
            **changes,
        }
        self.spec.write_text(dump(value))

    def run(self, command: str, *arguments: str, timeout_s: float = _COMMAND_S) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever its exit code."""
        words = [*command.split(), "-f", str(self.spec), *arguments]
        return started.run(words, environment=self._environment(), timeout_s=timeout_s)

    def up(self, *arguments: str) -> JsonObject:
        """Run `up` and return what it says."""
        done = self.run("up", "-o", "json", *arguments)
        assert done.returncode == 0, done.stderr
        value = json.loads(done.stdout)
        assert isinstance(value, dict)
        return value

    def killed_up(self, *, at: Callable[[JsonObject], bool], timeout_s: float = _COMMAND_S) -> bool:
        """Run `up` and end it with SIGKILL at the first event that fits; False when none did before its end."""
        return self.killed(("up",), at=at, timeout_s=timeout_s)

    def killed(
        self, command: Sequence[str], *, at: Callable[[JsonObject], bool], timeout_s: float = _COMMAND_S
    ) -> bool:
        """Run a command and end it with SIGKILL at the first event that fits; False when none did before its end."""
        named, *arguments = command
        options = ["-f", str(self.spec), "--progress", "json", *arguments]
        words = [*named.split(), *options]
        deadline = time.monotonic() + timeout_s
        with started.start(words, environment=self._environment(), stderr=subprocess.PIPE) as child:
            assert child.stderr is not None
            for line in child.stderr:
                assert time.monotonic() < deadline, f"no event to kill at within {timeout_s:.0f} s"
                if line.startswith("{") and at(json.loads(line)):
                    child.send_signal(signal.SIGKILL)
                    child.wait(timeout=_DEATH_S)
                    return True
        return False

    @contextmanager
    def beside(self, *words: str) -> Iterator[Command]:
        """Run a command while the body runs; it ends with SIGKILL. What it says goes to `beside.log`."""
        with (
            (self.folder / "beside.log").open("w") as log,
            started.start(words, environment=self._environment(), stdout=log, stderr=log) as child,
        ):
            try:
                yield child
            finally:
                child.kill()

    def objects(self, kind: str) -> list[JsonObject]:
        """All objects of a kind in the namespace."""
        listed = json.loads(self.cluster.kubectl("get", kind, "--namespace", self.namespace, "--output=json"))
        items = listed["items"]
        assert isinstance(items, list)
        return items

    def _environment(self) -> Mapping[str, str]:
        programs = client("kind").parent
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", "")]),
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "XDG_STATE_HOME": str(self.folder / "state"),
        }


@contextmanager
def service(folder: Path, *, cluster: Cluster, namespace: str, image: str, models: Path) -> Iterator[Service]:
    """Copy the model, write the spec. Its namespace ends by itself, but node ports are wanted again at once."""
    shutil.copytree(models / MODEL, folder / MODEL)
    made = Service(folder=folder, cluster=cluster, namespace=namespace, image=image)
    made.write()
    try:
        yield made
    finally:
        cluster.kubectl("delete", "service", "half", "--namespace", namespace, "--ignore-not-found")
