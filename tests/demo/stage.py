"""Sets the stage: what a user of tfk8s has beside the command itself, made from the testbed where it is missing."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.demo.spec import effective_spec
from tests.modelserver import image as double
from tests.modelserver import venv
from tests.modelserver.paths import REPOSITORY, Paths
from tests.modelserver.venv import locked
from tests.testbed import versions, way
from tests.testbed.cluster import Testbed
from tests.testbed.layout import layout
from tests.testbed.process import run, succeeds
from tests.testbed.versions import DOUBLE_IMAGE
from tests.testbed.way import Way

PICTURE = REPOSITORY / "examples" / "resnet" / "images" / "apple.jpg"
_LOAD_TIMEOUT_S = 300.0
_EXPORT_TIMEOUT_S = 900.0
_DELETE_TIMEOUT_S = 300.0


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the demo plays on.

    Attributes:
        spec: the spec file that is used.
        kubeconfig: of the cluster that `tfk8s up` makes or finds.
        environment: for every command: PATH and KUBECONFIG of the testbed.
        weights: of the model: `imagenet` or `random`.
    """

    spec: Path
    kubeconfig: Path
    environment: Mapping[str, str]
    weights: str

    def tfk8s(self, *arguments: str, timeout_s: float = 900.0) -> None:
        """Run the real command line, and show what is run.

        Raises:
            DemoError: it did not end with 0.
        """
        command = [sys.executable, "-m", "tfk8s", *arguments]
        say(f"\n$ tfk8s {shlex.join(arguments)}")
        started_s = time.monotonic()
        code = subprocess.run(command, env=self.environment, timeout=timeout_s, check=False).returncode
        if code:
            raise DemoError(f"`tfk8s {arguments[0]}` ended with {code}")
        say(f"  ({time.monotonic() - started_s:.1f} s)")


def set_stage() -> Stage:
    """Prepare everything but the cluster, which `tfk8s up` makes: Docker, kind, the model, the base image."""
    testbed = Testbed(way=way.chosen(os.environ), layout=layout())
    paths = Paths.from_environment()
    if not testbed.is_ready():
        with step("what kind needs"):
            testbed.prepare()
    with step("ResNet50 as a SavedModel"):
        model, weights = _export(paths, weights="auto" if testbed.way is Way.PUBLIC else "random")
    base = None
    if testbed.way is Way.PACKAGES:
        base = DOUBLE_IMAGE
        with step("the model-server double, for want of an image registry"):
            _into_docker(double.build(paths))
    spec = _spec(testbed)
    spec.parent.mkdir(parents=True, exist_ok=True)
    text = effective_spec(
        (REPOSITORY / "examples" / "resnet" / "tfk8s.yaml").read_text(),
        model=model,
        base=base,
        cluster=versions.CLUSTER_NAME,
        kind_config=testbed.layout.kind_config,
    )
    spec.write_text(text)
    return Stage(spec=spec, kubeconfig=testbed.layout.kubeconfig, environment=environment(testbed), weights=weights)


def clear_stage() -> None:
    """Delete the service of an earlier demo: its pod asks for processor time that the cluster's tests need."""
    testbed = Testbed(way=way.chosen(os.environ), layout=layout())
    spec = _spec(testbed)
    if spec.exists():
        delete: list[str | Path] = [sys.executable, "-m", "tfk8s", "delete", "--yes", "-f", spec]
        run(delete, timeout_s=_DELETE_TIMEOUT_S, env=environment(testbed))


def _spec(testbed: Testbed) -> Path:
    return testbed.layout.cache / "demo" / "tfk8s.yaml"


def environment(testbed: Testbed) -> dict[str, str]:
    """This process's variables, with the testbed's programs and kubeconfig."""
    search = os.pathsep.join([str(testbed.layout.path), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": search, "KUBECONFIG": str(testbed.layout.kubeconfig)}


def _export(paths: Paths, *, weights: str) -> tuple[Path, str]:
    """Export the model unless it is there; returns its directory, and which weights it has."""
    model = paths.models / "resnet"
    record = paths.models / "resnet-export.json"
    with locked(paths.cache / "models.lock"):
        if not (model / "1").exists():
            script = REPOSITORY / "examples" / "resnet" / "export.py"
            quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
            command: list[str | Path] = [venv.ensure(paths), script, paths.models, "--weights", weights]
            record.write_text(run(command, timeout_s=_EXPORT_TIMEOUT_S, env=quiet))
    # without a record it was exported for the tests, which take random weights
    return model, str(json.loads(record.read_text())["weights"]) if record.exists() else "random"


def _into_docker(archive: Path) -> None:
    """`docker load`, unless this very archive was loaded: then Docker has what `docker pull` would have brought."""
    mark = archive.with_suffix(".loaded")
    stamp = f"{archive.stat().st_mtime_ns}"
    before = _image_id()
    if before and mark.exists() and mark.read_text() == stamp:
        return
    run(["docker", "load", "--input", archive], timeout_s=_LOAD_TIMEOUT_S)
    mark.write_text(stamp)
    if before not in ("", _image_id()):
        run(["docker", "image", "rm", before], timeout_s=_LOAD_TIMEOUT_S)  # it has no name any more


def _image_id() -> str:
    """Id of the double that Docker has, or ""."""
    inspect = ["docker", "image", "inspect", "--format={{.Id}}", DOUBLE_IMAGE]
    return run(inspect, timeout_s=30).strip() if succeeds(inspect, timeout_s=30) else ""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Announce what is prepared, and how long it took."""
    say(f"{name} ...")
    started_s = time.monotonic()
    yield
    say(f"{name}: {time.monotonic() - started_s:.1f} s")


def say(line: str) -> None:
    """Write a line of the demo."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
