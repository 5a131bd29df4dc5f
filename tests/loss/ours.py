"""Our service, operated with the command line alone."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from tests.integration.service import MODEL, Service
from tests.loss.clients import Address
from tests.loss.pods import Pods
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import dump, load_one

LABEL = "stable"
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
        self.service.write(
            model={"name": MODEL, "source": f"./{MODEL}", "versions": [1], "labels": {LABEL: 1}},
            scaling={"replicas": replicas},
            expose={"type": "NodePort", "ports": ["rest", "grpc"], "nodePorts": {"rest": rest, "grpc": grpc}},
            cluster={"provider": "kind", "name": self.kind},
        )
        self.run("up")
        self.settle()

    def new_image(self) -> None:
        """Another image with the same versions: one more file travels in it."""
        note = self.service.folder / MODEL / "1" / "assets.extra" / "note"
        note.parent.mkdir(exist_ok=True)
        note.write_text(f"{note.read_text() if note.exists() else ''}x")
        self.run("up")

    def scale(self, replicas: int) -> None:
        """Another number in the spec."""
        spec = load_one(self.service.spec.read_text(), source="tfk8s.yaml").value
        assert isinstance(spec, dict)
        changed: JsonObject = {**spec, "scaling": {"replicas": replicas}}
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
