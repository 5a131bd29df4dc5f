"""Plays the controllers and the kubelet of a fake cluster: Deployments get pods whose fate follows from their image."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tfk8s.manifest import JsonObject, JsonValue, Manifest, ObjectRef
from tfk8s.manifest.fields import integer_at, labels_of, object_at, objects_at, text_at
from tfk8s.manifest.ownership import COMPONENT_LABEL
from tfk8s.ports.cluster import ObjectQuery

_REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a pod: ready after some seconds, or never, with this container state and log."""

    ready_after_s: float | None = 3.0
    state: JsonObject = field(default_factory=lambda: {"running": {}})
    last_state: JsonObject = field(default_factory=dict)
    restarts: int = 0
    log: tuple[str, ...] = ()


PULL_FAILS = Fate(
    ready_after_s=None,
    state={"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "example.test/no:1"'}},
)
NO_MODEL = Fate(
    ready_after_s=None,
    log=("E file_system_storage_path_source.cc:353] Could not find base path /models/resnet for servable resnet",),
)
NEVER_READY = Fate(ready_after_s=None)


class FakeWorkloads:
    """Set as `before_read` of a FakeCluster: brings the cluster up to the clock's time.

    Attributes:
        fates: by image; an image that is not named becomes ready after three seconds.
        deadline_s: a Deployment whose pods are not ready by then has exceeded its progress deadline.
    """

    def __init__(self, cluster: FakeCluster, clock: FakeClock, *, fates: dict[str, Fate] | None = None) -> None:
        """Start playing."""
        self.fates = fates or {}
        self.deadline_s = 600.0
        self._cluster, self._clock = cluster, clock
        self._born: dict[str, datetime] = {}
        self._busy = False
        self._noticed: dict[tuple[str, int], float] = {}
        self._played: tuple[float, int] | None = None
        cluster.before_read = self.reconcile

    def reconcile(self) -> None:
        """Bring every Deployment up to now."""
        now = (self._clock.monotonic_s(), self._cluster.changes)
        if self._busy or now == self._played:
            return
        self._busy = True
        try:
            deployments = self._cluster.list(ObjectQuery(api_version="apps/v1", kind="Deployment"))
            for deployment in deployments:
                self._play(deployment)
            self._remove_orphans({_component(deployment) for deployment in deployments})
        finally:
            self._busy = False
            self._played = (self._clock.monotonic_s(), self._cluster.changes)

    def _play(self, deployment: JsonObject) -> None:
        if not self._has_seen(deployment):
            return
        name = text_at(deployment, "metadata", "name")
        template = object_at(deployment, "spec", "template")
        digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:6]
        newest = f"{name}-{digest}"
        born = self._born.setdefault(newest, self._clock.utc_now())
        containers = objects_at(template, "spec", "containers")
        fate = self.fates.get(text_at(containers[0], "image"), Fate())
        age = self._clock.utc_now() - born
        ready = fate.ready_after_s is not None and age >= timedelta(seconds=fate.ready_after_s)
        wanted = integer_at(deployment, "spec", "replicas", default=1)
        self._put_once(self._replica_set(deployment, name=newest))
        if ready:
            self._remove_old(deployment, newest=newest)
        for index in range(wanted):
            pod = f"{newest}-{index}"
            self._cluster.pod_logs[pod] = fate.log
            self._put_once(self._pod(deployment, name=pod, owner=newest, fate=fate, ready=ready, born=born))
        self._trim(newest, wanted)
        self._endpoints(deployment)
        self._status(deployment, wanted=wanted, ready=ready, newest=newest, late=age.total_seconds() > self.deadline_s)

    def _has_seen(self, deployment: JsonObject) -> bool:
        """A controller sees a change a moment later; until then everything says what it said before."""
        key = (text_at(deployment, "metadata", "uid"), integer_at(deployment, "metadata", "generation"))
        first = self._noticed.setdefault(key, self._clock.monotonic_s())
        return self._clock.monotonic_s() > first

    def _trim(self, newest: str, wanted: int) -> None:
        for pod in self._pods():
            name = text_at(pod, "metadata", "name")
            if name.startswith(f"{newest}-") and int(name.rpartition("-")[2]) >= wanted:
                self._cluster.delete(Manifest.of(pod).ref)

    def _pods(self, *, of: JsonObject | None = None) -> tuple[JsonObject, ...]:
        """Those of a Deployment, or all; but those of a Job never."""
        pods = self._cluster.list(ObjectQuery(api_version="v1", kind="Pod"))
        wanted = (pod for pod in pods if of is None or _component(pod) == _component(of))
        return tuple(pod for pod in wanted if not _is_of_job(pod))

    def _remove_old(self, deployment: JsonObject, *, newest: str) -> None:
        for pod in self._pods(of=deployment):
            if not text_at(pod, "metadata", "name").startswith(newest):
                self._cluster.delete(Manifest.of(pod).ref)

    def _remove_orphans(self, components: set[str]) -> None:
        sets = self._cluster.list(ObjectQuery(api_version="apps/v1", kind="ReplicaSet"))
        for body in (*self._pods(), *sets):
            if _component(body) not in components:
                self._cluster.delete(Manifest.of(body).ref)

    def _put_once(self, body: JsonObject) -> None:
        live = self._cluster.get(Manifest.of(body).ref)
        if live is None or any(live.get(key) != value for key, value in body.items() if key != "metadata"):
            self._cluster.put(body, manager="controllers")

    def _replica_set(self, deployment: JsonObject, *, name: str) -> JsonObject:
        number = str(1 + list(self._born).index(name))
        return {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                **_owned_by(deployment),
                "labels": _template_labels(deployment),
                "name": name,
                "annotations": {_REVISION: number},
            },
        }

    def _pod(
        self, deployment: JsonObject, *, name: str, owner: str, fate: Fate, ready: bool, born: datetime
    ) -> JsonObject:
        ref = ObjectRef(
            api_version="apps/v1", kind="ReplicaSet", namespace=text_at(deployment, "metadata", "namespace"), name=owner
        )
        replica_set = self._cluster.get(ref)
        assert replica_set is not None
        state: JsonObject = {"state": fate.state, "lastState": fate.last_state}
        status: JsonObject = {"name": "server", **state, "restartCount": fate.restarts, "image": "x"}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**_owned_by(replica_set), "labels": _template_labels(deployment), "name": name},
            "spec": object_at(deployment, "spec", "template", "spec"),
            "status": {
                "startTime": born.isoformat(),
                "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
                "containerStatuses": [status],
            },
        }

    def _endpoints(self, deployment: JsonObject) -> None:
        namespace = text_at(deployment, "metadata", "namespace")
        name = text_at(deployment, "metadata", "name")
        endpoints: list[JsonValue] = [
            {"targetRef": {"kind": "Pod", "name": text_at(pod, "metadata", "name")}, "conditions": {"ready": True}}
            for pod in self._pods()
            if any(item.get("status") == "True" for item in objects_at(pod, "status", "conditions"))
        ]
        self._put_once(
            {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {
                    "name": f"{name}-slice",
                    "namespace": namespace,
                    "labels": {"kubernetes.io/service-name": name},
                },
                "endpoints": endpoints,
            }
        )

    def _status(self, deployment: JsonObject, *, wanted: int, ready: bool, newest: str, late: bool) -> None:
        total = len(self._pods(of=deployment))
        condition: JsonObject = {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}
        if late and not ready:
            condition = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
        status: JsonObject = {
            "observedGeneration": integer_at(deployment, "metadata", "generation"),
            "updatedReplicas": wanted,
            "replicas": total,
            "availableReplicas": wanted if ready else 0,
            "conditions": [condition],
        }
        metadata = {key: value for key, value in object_at(deployment, "metadata").items() if key != "managedFields"}
        annotations: JsonObject = {**object_at(metadata, "annotations")}
        number = str(1 + list(self._born).index(newest))
        if deployment.get("status") == status and annotations.get(_REVISION) == number:
            return
        annotations[_REVISION] = number
        body: JsonObject = {**deployment, "metadata": {**metadata, "annotations": annotations}, "status": status}
        self._cluster.put(body, manager="controllers")


def _template_labels(deployment: JsonObject) -> JsonObject:
    return object_at(deployment, "spec", "template", "metadata", "labels")


def _component(body: JsonObject) -> str:
    return labels_of(body).get(COMPONENT_LABEL, "")


def _is_of_job(pod: JsonObject) -> bool:
    return any(text_at(owner, "kind") == "Job" for owner in objects_at(pod, "metadata", "ownerReferences"))


def _owned_by(owner: JsonObject) -> JsonObject:
    return {
        "namespace": text_at(owner, "metadata", "namespace"),
        "labels": object_at(owner, "metadata", "labels"),
        "ownerReferences": [{"uid": text_at(owner, "metadata", "uid"), "kind": text_at(owner, "kind")}],
    }
