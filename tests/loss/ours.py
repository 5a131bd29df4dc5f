"""Our service, operated with the command line alone."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.integration.service import MODEL, PATIENCE_S, Service
from tests.loss.clients import Address
from tests.loss.pods import Pods
from tests.testbed.process import wait_until
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import integer_at, text_at, value_at
from tfk8s.manifest.snapshot import is_ready
from tfk8s.manifest.yaml import dump, load_one

LABEL = "stable"
EXPORTS = "exports"
"""Folder of versions that the service does not have yet."""

CANARY = ("--weight", "50", "--settle", "2s")
CANARY_S = 5.0
COMMAND_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """A service with two replicas, the label `stable`, REST and gRPC on node ports.

    Attributes:
        ports: node ports of REST and gRPC.
        kind: name of the kind cluster.
    """

    service: Service
    ports: tuple[int, int]
    kind: str
    name: str = "tfk8s"

    @property
    def address(self) -> Address:
        """Requests name the label, as clients of a service with versions do."""
        rest, grpc = self.ports
        return Address(rest_port=rest, grpc_port=grpc, model=MODEL, label=LABEL)

    @property
    def pods(self) -> Pods:
        """Its pods, a canary's among them."""
        return Pods(
            cluster=self.service.cluster,
            namespace=self.service.namespace,
            selector="app.kubernetes.io/instance=half",
        )

    def start(self, *, replicas: int) -> None:
        """Version 1 alone, labelled; every pod ready."""
        rest, grpc = self.ports
        for version in (self.service.folder / MODEL).iterdir():
            if version.name != "1":
                shutil.rmtree(version)
        self.service.write(
            model={"name": MODEL, "source": f"./{MODEL}", "versions": [1], "labels": {LABEL: 1}},
            scaling={"replicas": replicas},
            expose={"type": "NodePort", "ports": ["rest", "grpc"], "nodePorts": {"rest": rest, "grpc": grpc}},
            cluster={"provider": "kind", "name": self.kind},
        )
        if self.has_canary():
            self.abort_canary()
        self.run("up")
        self.settle()

    def add(self, version: int) -> None:
        """`versions add`: it is loaded beside the other one, and nobody is sent to it yet."""
        self.run("versions add", str(self.service.folder / EXPORTS / str(version)))

    def promote(self, version: int) -> None:
        """`versions promote`: the label moves."""
        self.run("versions promote", LABEL, str(version))

    def roll_back(self) -> None:
        """`versions rollback`: the label is back where it was."""
        self.run("versions rollback")

    def start_canary(self, version: int) -> None:
        """`versions canary`, ended once its pod serves: it stays, as after a lost connection."""
        words = ("versions", "canary", str(version), "-f", str(self.service.spec), *CANARY, "--for", "10m")
        with self.service.beside(*words) as child:
            wait_until(
                lambda: self._canary_serves() or child.poll() is not None,
                timeout_s=PATIENCE_S,
                what="a canary",
                interval_s=1,
            )
            time.sleep(CANARY_S)
            assert child.poll() is None, (self.service.folder / "beside.log").read_text()

    def abort_canary(self) -> None:
        """`versions canary --abort`."""
        self.run("versions canary", "--abort")

    def promote_canary(self, version: int) -> None:
        """A whole canary: started, compared, promoted by itself."""
        self.run("versions canary", str(version), *CANARY, "--for", "15s", "--min-requests", "30")

    def _canary_serves(self) -> bool:
        return any(_component(pod) == "canary" and is_ready(pod) for pod in self.pods.all())

    def new_image(self) -> None:
        """Another image with the same versions: one more file travels in it."""
        note = self.service.folder / MODEL / "1" / "assets.extra" / "note"
        note.parent.mkdir(exist_ok=True)
        note.write_text(f"{note.read_text() if note.exists() else ''}x")
        self.run("up")

    @property
    def versions(self) -> list[JsonValue]:
        """What the spec lists; the commands about versions write there."""
        listed = value_at(self._spec(), "model", "versions")
        return listed if isinstance(listed, list) else []

    @property
    def labelled(self) -> int:
        """The version that the label leads to, by the spec; 0 before there is one."""
        return integer_at(self._spec(), "model", "labels", LABEL)

    def has_canary(self) -> bool:
        """Whether a canary's Deployment is there."""
        return any(_component(found) == "canary" for found in self.service.objects("deployment"))

    def _spec(self) -> JsonObject:
        if not self.service.spec.exists():
            return {}
        spec = load_one(self.service.spec.read_text(), source="tfk8s.yaml").value
        assert isinstance(spec, dict)
        return spec

    def scale(self, replicas: int) -> None:
        """Another number in the spec."""
        changed: JsonObject = {**self._spec(), "scaling": {"replicas": replicas}}
        self.service.spec.write_text(dump(changed))
        self.run("apply")

    def delete_pod(self) -> None:
        """`kubectl delete pod`."""
        self.pods.delete_one()

    def evict_pod(self) -> None:
        """What a drained node does to one pod."""
        self.pods.evict_one()

    def drain(self) -> None:
        """`kubectl drain` of a node with one of its pods."""
        self.pods.drain_node_of_one()

    def settle(self) -> None:
        """See `Stage`."""
        self.pods.settle()

    def run(self, command: str, *arguments: str, answers: Mapping[int, str] | None = None) -> str:
        """Run a command to its end; exit codes beside 0 are expected ones.

        Raises:
            AssertionError: another exit code; with what the command said.
        """
        done: subprocess.CompletedProcess[str] = self.service.run(command, *arguments, timeout_s=COMMAND_S)
        assert done.returncode in {0, *(answers or {})}, f"{command} ended with {done.returncode}\n{done.stderr}"
        return done.stdout

    def remove(self) -> None:
        """Give the node ports back; the namespace goes with its owner."""
        self.service.cluster.kubectl(
            "delete", "service,deployment", "--all", "--namespace", self.service.namespace, "--wait=false"
        )


def _component(body: JsonObject) -> str:
    return text_at(body, "metadata", "labels", "app.kubernetes.io/component")
