"""The live objects of one service at one moment, with the log lines that may explain them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at
from tfk8s.manifest.objects import JsonObject
from tfk8s.manifest.scalers import bounds_of

_REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What `rollout` and `diagnose` look at; an absent object is None.

    Attributes:
        replica_sets: those of the service; `newest_replica_set` finds the one of the current template.
        pods: all pods of the service, old and new.
        endpoint_slices: those of the Service.
        scaler: its HorizontalPodAutoscaler, KEDA's where KEDA made it.
        scaled_object: what KEDA makes that of.
        events: of the namespace, any object.
        nodes: () when the login may not see them.
        logs: last lines by pod name; the run before the last restart when the container has restarted.
    """

    deployment: JsonObject | None
    replica_sets: tuple[JsonObject, ...] = ()
    pods: tuple[JsonObject, ...] = ()
    service: JsonObject | None = None
    endpoint_slices: tuple[JsonObject, ...] = ()
    scaler: JsonObject | None = None
    scaled_object: JsonObject | None = None
    events: tuple[JsonObject, ...] = ()
    nodes: tuple[JsonObject, ...] = ()
    logs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_observed(self) -> bool:
        """Whether the Deployment's controller has seen the current template; until then it speaks of the last one."""
        deployment = self.deployment
        seen = integer_at(deployment, "status", "observedGeneration")
        return deployment is not None and seen >= integer_at(deployment, "metadata", "generation")

    @property
    def is_asleep(self) -> bool:
        """Whether its autoscaler took the last pod away, and is there to bring one back."""
        autoscaler = self.scaled_object or self.scaler
        may_sleep = autoscaler is not None and bounds_of(autoscaler)[0] == 0
        return may_sleep and integer_at(self.deployment, "spec", "replicas", default=1) == 0

    @property
    def newest_replica_set(self) -> JsonObject | None:
        """The ReplicaSet of the current template: it carries the Deployment's revision. None until that is known."""
        if self.deployment is None or not self.is_observed:
            return None
        wanted = _revision(self.deployment)
        owned = [item for item in self.replica_sets if is_owned_by(item, self.deployment)]
        return next((item for item in owned if wanted and _revision(item) == wanted), None)

    @property
    def new_pods(self) -> tuple[JsonObject, ...]:
        """Pods of the current template that are not on their way out."""
        newest = self.newest_replica_set
        if newest is None:
            return ()
        return tuple(pod for pod in self.pods if is_owned_by(pod, newest) and not is_leaving(pod))


def is_owned_by(body: JsonObject, owner: JsonObject) -> bool:
    """Whether an owner reference of `body` names the uid of `owner`."""
    uid = text_at(owner, "metadata", "uid")
    owners = objects_at(body, "metadata", "ownerReferences")
    return bool(uid) and any(text_at(item, "uid") == uid for item in owners)


def is_leaving(body: JsonObject) -> bool:
    """Whether the object is being deleted."""
    return bool(text_at(body, "metadata", "deletionTimestamp"))


def name_of(body: JsonObject) -> str:
    """The object's name."""
    return text_at(body, "metadata", "name")


def is_ready(pod: JsonObject) -> bool:
    """Whether the pod's Ready condition holds."""
    conditions = objects_at(pod, "status", "conditions")
    return any(item.get("type") == "Ready" and item.get("status") == "True" for item in conditions)


def restarts_of(pod: JsonObject) -> int:
    """Restarts of all its containers together."""
    return sum(integer_at(item, "restartCount") for item in objects_at(pod, "status", "containerStatuses"))


def _revision(body: JsonObject) -> str:
    return text_at(object_at(body, "metadata", "annotations"), _REVISION)
