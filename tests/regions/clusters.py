"""Two kind clusters, which tfk8s makes side by side, and the service in them, operated with the command line alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.integration.service import MODEL
from tests.modelserver import image
from tests.modelserver.__main__ import make_models, run_in_venv
from tests.modelserver.paths import Paths
from tests.testbed import clients, engine, kindconfig, versions, way
from tests.testbed.cluster import Testbed
from tests.testbed.images import load_image
from tests.testbed.layout import layout
from tests.testbed.process import succeeds
from tests.testbed.progress import say, step
from tests.testbed.way import Way
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import dump

REGIONS: Final = {"europe": 30091, "us": 30092}
"""Each with the node port of REST, which is one of 127.0.0.1 too."""

LABEL: Final = "stable"
PATH: Final = f"/v1/models/{MODEL}/labels/{LABEL}:predict"
QUESTION: Final = b'{"instances": [2.0]}'
BAKE_S: Final = 30
MIN_REQUESTS: Final = 100
_COMMAND_S: Final = 900.0


def cluster_name(region: str) -> str:
    """As tfk8s calls the cluster of a region."""
    return f"tfk8s-{region}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The spec in a folder of its own."""

    folder: Path

    @property
    def spec(self) -> Path:
        """The file."""
        return self.folder / "tfk8s.yaml"

    def write(self, *, drain_seconds: int = 5) -> None:
        """Write the spec, with the model as the commands about versions left it."""
        parts: JsonObject = {
            region: {
                "cluster": {"config": f"{region}.yaml"},
                "expose": {"nodePorts": {"rest": port}},
            }
            for region, port in REGIONS.items()
        }
        model = self._model()
        value: JsonObject = {
            "apiVersion": "tfk8s.dev/v1",
            "name": "half",
            "namespace": "regions",
            "createNamespace": True,
            "model": model,
            "image": {"base": versions.DOUBLE_IMAGE if _is_double() else versions.TENSORFLOW_SERVING_IMAGE},
            "resources": {"cpu": "100m"},
            "scaling": {"replicas": 2},
            "expose": {"type": "NodePort", "ports": ["rest"]},
            "lifecycle": {"drainSeconds": drain_seconds},
            "cluster": {"provider": "kind"},
            "rollout": {"bakeSeconds": BAKE_S, "minRequests": MIN_REQUESTS},
            "regions": parts,
        }
        self.spec.write_text(dump(value))

    def _model(self) -> JsonObject:
        """Of the spec that is there."""
        from tfk8s.spec import load_spec

        if not self.spec.exists():
            return {"name": MODEL, "source": f"./{MODEL}", "versions": [1, 2, 3], "labels": {LABEL: 1}}
        (model,) = load_spec(self.spec).served_models
        written: JsonObject = json.loads(model.model_dump_json(by_alias=True, exclude_unset=True))
        return written

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever its exit code; what it says is shown too."""
        words = [sys.executable, "-m", "tfk8s", *command.split(), *arguments, "-f", str(self.spec)]
        shown = " ".join((*command.split(), *arguments))
        started_s = time.monotonic()
        done = subprocess.run(
            words, env=self._environment(), capture_output=True, text=True, timeout=_COMMAND_S, check=False
        )
        say(f"tfk8s {shown}: exit code {done.returncode}, {time.monotonic() - started_s:.0f} s")
        for line in (done.stdout + done.stderr).splitlines()[-25:]:
            say(f"    {line}")
        return done

    def must(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same, of a command that has to succeed."""
        done = self.run(command, *arguments)
        assert done.returncode == 0, f"tfk8s {command} ended with {done.returncode}"
        return done

    def take_field(self, region: str) -> None:
        """Change a field of the Deployment in one region by another manager, whose it is then."""
        patch = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 77}}}}
        kubectl = [str(clients.client("kubectl")), "--context", f"kind-{cluster_name(region)}", "--namespace=regions"]
        words = ["patch", "deployment", "half", "--field-manager=somebody", f"--patch={json.dumps(patch)}"]
        subprocess.run([*kubectl, *words], env=self._environment(), check=True, timeout=60, stdout=subprocess.DEVNULL)

    def commit(self) -> None:
        """Commit the spec to a repository of the folder: what is not committed is never overwritten."""
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.test", "-c", "commit.gpgsign=false")
        git = ["git", "-C", str(self.folder), *who]
        for words in (["init", "-q"], ["add", self.spec.name], ["commit", "-q", "-m", "The spec"]):
            subprocess.run([*git, *words], check=True, timeout=60)

    def _environment(self) -> dict[str, str]:
        programs = clients.client("kind").parent
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", "")]),
            "KUBECONFIG": str(self.folder / "kubeconfig"),
            "XDG_STATE_HOME": str(self.folder / "state"),
        }


def make(folder: Path) -> Service:
    """The spec, the model in two versions and one that fails, and the configuration of both clusters."""
    testbed = Testbed(way=way.chosen(os.environ), layout=layout())
    if not _has_all(testbed):
        testbed.prepare()
    paths = Paths.from_environment()
    models = make_models(paths, paths.models) / MODEL
    for version in ("1", "2"):
        shutil.copytree(models / version, folder / MODEL / version)
    with step("version 3, which fails"):
        run_in_venv(paths, "-m", "tests.regions.bad_model", str(folder / MODEL / "3"))
    for region, port in REGIONS.items():
        config = kindconfig.cluster_config(
            testbed.way,
            image=testbed.node_image(),
            patches=testbed.layout.patches,
            name=cluster_name(region),
            ports=(port,),
        )
        (folder / f"{region}.yaml").write_text(config)
    made = Service(folder=folder)
    made.write()
    return made


def load_base() -> None:
    """The double of the model server into the nodes, where the published one is not to be had."""
    if _is_double():
        archive = image.build(Paths.from_environment())
        for region in REGIONS:
            with step(f"model server image into {cluster_name(region)}"):
                load_image(archive, cluster=cluster_name(region))


def take_away(region: str) -> None:
    """End the region's only node at once, as a lost data centre."""
    assert succeeds(["docker", "kill", f"{cluster_name(region)}-control-plane"], timeout_s=60)


def remove() -> None:
    """Delete what is left of both clusters."""
    for region in REGIONS:
        succeeds([str(clients.client("kind")), "delete", "cluster", "--name", cluster_name(region)], timeout_s=120)


def answer(region: str) -> float:
    """What the model answers in one region."""
    url = f"http://127.0.0.1:{REGIONS[region]}{PATH}"
    request = urllib.request.Request(url, data=QUESTION, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as found:  # noqa: S310 - http to loopback
        return float(json.loads(found.read())["predictions"][0])


def _has_all(testbed: Testbed) -> bool:
    if not clients.client("kind").exists() or not engine.answers() or not testbed.layout.patches.exists():
        return False
    return succeeds(["docker", "image", "inspect", testbed.node_image()], timeout_s=30)


def _is_double() -> bool:
    return way.choose(os.environ)[0] is not Way.PUBLIC
