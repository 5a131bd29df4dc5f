"""Plays the Job controller, the scheduler and the kubelet for trials of model versions on a fake cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.fakes.model_server import FakeModelServer
from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.manifest.fields import labels_of, object_at, objects_at, text_at
from tfk8s.ports import Endpoint, ModelServer, ServerUnreachableError, ServingState, VersionState
from tfk8s.ports.cluster import ObjectQuery
from tfk8s.render.trial import VERSION_LABEL


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFate:
    """What becomes of the trial of a version.

    Attributes:
        load_s: seconds until its server has the version; None for never.
        ends: its server ends then with this exit code, after `load_s` seconds.
        log: what its server wrote.
        unschedulable: the scheduler's words; "" where it finds a node.
        refused: the words with which the cluster refuses to make the pod.
    """

    load_s: float | None = 5.0
    ends: int | None = None
    log: tuple[str, ...] = ()
    unschedulable: str = ""
    refused: str = ""


@dataclass
class FakeJobs:
    """Call `reconcile` before each read: brings Jobs and their pods up to the clock's time.

    Attributes:
        fates: by version; one that is not named loads in five seconds.
        lingers_s: how long a pod stays when its Job is gone.
    """

    cluster: FakeCluster
    clock: FakeClock
    fates: dict[int, TrialFate] = field(default_factory=dict)
    lingers_s: float = 0.0
    _born: dict[str, datetime] = field(default_factory=dict)
    _orphaned: dict[str, datetime] = field(default_factory=dict)
    _busy: bool = False

    def reconcile(self) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            jobs = {text_at(job, "metadata", "uid"): job for job in self._list("batch/v1", "Job")}
            for pod in self._list("v1", "Pod"):
                owners = [text_at(owner, "uid") for owner in objects_at(pod, "metadata", "ownerReferences")]
                if VERSION_LABEL in labels_of(pod) and not set(owners) & jobs.keys():
                    since = self._orphaned.setdefault(text_at(pod, "metadata", "uid"), self.clock.utc_now())
                    if (self.clock.utc_now() - since).total_seconds() >= self.lingers_s:
                        self.cluster.delete(Manifest.of(pod).ref)
            for uid, job in jobs.items():
                self._play(uid, job)
        finally:
            self._busy = False

    def fate(self, job: JsonObject) -> TrialFate:
        return self.fates.get(int(labels_of(job)[VERSION_LABEL]), TrialFate())

    def has_loaded(self, pod: JsonObject) -> bool:
        """Whether the ports of the trial's server are open."""
        owner = text_at(objects_at(pod, "metadata", "ownerReferences")[0], "uid")
        fate = self.fate(pod)
        if fate.load_s is None or fate.ends is not None or fate.unschedulable:
            return False
        return (self.clock.utc_now() - self._born[owner]).total_seconds() >= fate.load_s

    def _list(self, api_version: str, kind: str) -> tuple[JsonObject, ...]:
        return self.cluster.list(ObjectQuery(api_version=api_version, kind=kind))

    def _play(self, uid: str, job: JsonObject) -> None:
        fate = self.fate(job)
        born = self._born.setdefault(uid, self.clock.utc_now())
        name, namespace = text_at(job, "metadata", "name"), text_at(job, "metadata", "namespace")
        if fate.refused:
            self._refuse(job, fate.refused)
            return
        template = object_at(job, "spec", "template")
        age_s = (self.clock.utc_now() - born).total_seconds()
        has_ended = fate.ends is not None and fate.load_s is not None and age_s >= fate.load_s
        body: JsonObject = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"{name}-abcde",
                "namespace": namespace,
                "labels": object_at(template, "metadata", "labels"),
                "ownerReferences": [{"kind": "Job", "uid": uid}],
            },
            "spec": object_at(template, "spec"),
            "status": _status(fate, born=born, has_ended=has_ended),
        }
        live = self.cluster.get(Manifest.of(body).ref)
        if live is None or live.get("status") != body["status"]:
            self.cluster.put(body, manager="controllers")
        self.cluster.pod_logs[f"{name}-abcde"] = fate.log

    def _refuse(self, job: JsonObject, words: str) -> None:
        name, namespace = text_at(job, "metadata", "name"), text_at(job, "metadata", "namespace")
        body: JsonObject = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{name}.1", "namespace": namespace},
            "type": "Warning",
            "reason": "FailedCreate",
            "message": words,
            "involvedObject": {"kind": "Job", "name": name},
        }
        self.cluster.put(body, manager="controllers")


def _status(fate: TrialFate, *, born: datetime, has_ended: bool) -> JsonObject:
    conditions: list[JsonValue] = []
    if fate.unschedulable:
        conditions.append(
            {
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "message": fate.unschedulable,
                "lastTransitionTime": born.isoformat(),
            }
        )
        return {"phase": "Pending", "startTime": born.isoformat(), "conditions": conditions}
    state: JsonObject = {"running": {"startedAt": born.isoformat()}}
    if has_ended:
        state = {"terminated": {"exitCode": fate.ends, "reason": "Error"}}
    status: JsonObject = {"name": "model-server", "state": state, "restartCount": 0, "image": "x"}
    return {
        "phase": "Failed" if has_ended else "Running",
        "startTime": born.isoformat(),
        "conditions": [{"type": "Ready", "status": "False"}],
        "containerStatuses": [status],
    }


@dataclass
class TrialServers:
    """Makes clients: a trial's server when the port-forward leads to one, else the server of the service."""

    jobs: FakeJobs
    trial: FakeModelServer
    otherwise: FakeModelServer | None = None

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        pods = self.jobs.cluster.list(ObjectQuery(api_version="v1", kind="Pod"))
        named = [pod for pod in pods if endpoint.how.endswith(f" {text_at(pod, 'metadata', 'name')}")]
        tried = [pod for pod in named if VERSION_LABEL in labels_of(pod)]
        if not tried and self.otherwise is not None:
            with self.otherwise.connect(endpoint) as server:
                yield server
            return
        if not tried or not self.jobs.has_loaded(tried[0]):
            raise ServerUnreachableError("nobody answers")
        version = int(labels_of(tried[0])[VERSION_LABEL])
        self.trial.states = (VersionState(number=version, state=ServingState.AVAILABLE),)
        with self.trial.connect(endpoint) as server:
            yield server
