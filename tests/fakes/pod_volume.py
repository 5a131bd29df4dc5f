"""Plays what stands behind a publisher: the Job controller, the kubelet, and a container whose volume is a folder here.

Commands are run by this machine's own shell and coreutils, with the mount path of the claim turned into the folder.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.cluster import FakeCluster
from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.manifest.fields import labels_of, object_at, objects_at, text_at
from tfk8s.ports.cluster import CommandResult, ObjectQuery, PodCommand
from tfk8s.render.publisher import PUBLISHER_APPLICATION
from tfk8s.render.served import CLAIM_ROOT

CLAIM = "models"
MOUNT = f"{CLAIM_ROOT}/{CLAIM}"


@dataclass
class PodVolume:
    """A claim of the fake cluster.

    Attributes:
        folder: its content.
        before_run: called before each command, with its number from 1; what it raises is what the caller sees.
        sent: bytes of input that commands got.
        programs: first on the PATH of every command: a test puts others in the place of coreutils there.
        starts: whether pods of publishers get to run.
        jobs: how many publishers were started.
    """

    cluster: FakeCluster
    folder: Path
    before_run: Callable[[int], None] = lambda _: None
    sent: int = 0
    programs: Path | None = None
    starts: bool = True
    jobs: int = 0
    _runs: int = 0
    _busy: bool = False
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.cluster.before_read = self.reconcile
        self.cluster.run_command = self.run

    def claim(self, *modes: str) -> None:
        """Make the claim."""
        access: list[JsonValue] = [*(modes or ("ReadWriteOnce",))]
        self.cluster.put(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": CLAIM, "namespace": "serving"},
                "spec": {"accessModes": access},
                "status": {"phase": "Bound", "accessModes": access},
            }
        )

    def reconcile(self) -> None:
        """Give each Job of a publisher its pod, and take the pods of Jobs that are gone."""
        if self._busy:
            return
        self._busy = True
        try:
            jobs = {text_at(job, "metadata", "uid"): job for job in self._publishers("batch/v1", "Job")}
            for pod in self._publishers("v1", "Pod"):
                owner = objects_at(pod, "metadata", "ownerReferences")[0]
                if text_at(owner, "uid") not in jobs:
                    self.cluster.delete(Manifest.of(pod).ref)
            for uid, job in jobs.items():
                self._give_pod(uid, job)
        finally:
            self._busy = False

    def run(self, pod: JsonObject, command: PodCommand) -> CommandResult:
        """Run a command as the container would."""
        assert objects_at(pod, "spec", "containers")[0]["name"] == command.container
        self._runs += 1
        self.before_run(self._runs)
        self.sent += len(command.stdin)
        words = [
            str(self.folder) + word.removeprefix(MOUNT) if word == MOUNT or word.startswith(f"{MOUNT}/") else word
            for word in command.argv
        ]
        path = os.environ["PATH"]
        environment = {"PATH": f"{self.programs}:{path}" if self.programs is not None else path}
        done = subprocess.run(
            words, input=command.stdin, capture_output=True, timeout=command.timeout_s, check=False, env=environment
        )
        return CommandResult(exit_code=done.returncode, stdout=done.stdout, stderr=done.stderr.decode())

    def _publishers(self, api_version: str, kind: str) -> list[JsonObject]:
        found = self.cluster.list(ObjectQuery(api_version=api_version, kind=kind, namespace="serving"))
        return [item for item in found if PUBLISHER_APPLICATION in labels_of(item).values()]

    def _give_pod(self, uid: str, job: JsonObject) -> None:
        if uid in self._seen:
            return
        self._seen.add(uid)
        self.jobs += 1
        template = object_at(job, "spec", "template")
        self.cluster.put(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": f"{text_at(job, 'metadata', 'name')}-{self.jobs}",
                    "namespace": "serving",
                    "labels": object_at(template, "metadata", "labels"),
                    "ownerReferences": [{"kind": "Job", "uid": uid}],
                },
                "spec": object_at(template, "spec"),
                "status": {"phase": "Running" if self.starts else "Pending"},
            },
            manager="controllers",
        )
