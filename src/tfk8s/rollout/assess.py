"""Whether the objects of a service have become what was applied: kubectl's rule for the Deployment, then the Service.

The rule: the controller has seen the current generation; every wanted pod is of the current template; no old pod is
left; all of them are available. Plus the progress deadline, which is the only failure that a Deployment states itself.
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import condition_of, integer_at, labels_of, objects_at, text_at, value_at
from tfk8s.manifest.ownership import CANARY, COMPONENT_LABEL
from tfk8s.manifest.snapshot import Snapshot, name_of


class RolloutState(enum.Enum):
    """Three verdicts, and one for a Deployment that is not there."""

    PROGRESSING = "progressing"
    COMPLETE = "complete"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutStatus:
    """The verdict; `reasons` name what is missing or what failed, () when complete."""

    state: RolloutState
    reasons: tuple[str, ...] = ()


def assess(snapshot: Snapshot) -> RolloutStatus:
    """Judge a snapshot."""
    deployment = snapshot.deployment
    if deployment is None:
        return RolloutStatus(state=RolloutState.UNKNOWN, reasons=("the Deployment does not exist",))
    if not snapshot.is_observed:
        waits = "the change has not been seen by the Deployment's controller yet"
        return RolloutStatus(state=RolloutState.PROGRESSING, reasons=(waits,))
    failure = _failure(deployment)
    if failure:
        return RolloutStatus(state=RolloutState.FAILED, reasons=(failure,))
    missing = _missing_pods(deployment) or (() if snapshot.is_asleep else _missing_endpoints(snapshot))
    state = RolloutState.PROGRESSING if missing else RolloutState.COMPLETE
    return RolloutStatus(state=state, reasons=missing)


def _failure(deployment: JsonObject) -> str:
    progress = condition_of(deployment, "Progressing")
    if text_at(progress, "reason") == "ProgressDeadlineExceeded":
        return f"Deployment/{name_of(deployment)}: {text_at(progress, 'message') or 'progress deadline exceeded'}"
    return ""


def _missing_pods(deployment: JsonObject) -> tuple[str, ...]:
    wanted = integer_at(deployment, "spec", "replicas", default=1)
    updated = integer_at(deployment, "status", "updatedReplicas")
    total = integer_at(deployment, "status", "replicas")
    available = integer_at(deployment, "status", "availableReplicas")
    if updated < wanted:
        return (f"{updated} of {wanted} pods are of the new revision",)
    if total > updated:
        return (f"{total - updated} pods of the old revision are still there",)
    if available < updated:
        return (f"{available} of {updated} new pods are available",)
    return ()


def _missing_endpoints(snapshot: Snapshot) -> tuple[str, ...]:
    """The Service must lead to ready pods, all of them new; those of a canary beside them count for nothing."""
    if snapshot.service is None:
        return ()
    service = name_of(snapshot.service)
    canary = {name_of(pod) for pod in snapshot.pods if is_of_canary(pod)}
    ready = tuple(name for name in ready_endpoints(snapshot) if name not in canary)
    if not ready:
        return (f"Service/{service} has no ready endpoint",)
    new = {name_of(pod) for pod in snapshot.new_pods}
    old = sorted(name for name in ready if name not in new)
    return (f"Service/{service} still leads to old pods: {', '.join(old)}",) if old else ()


def is_of_canary(pod: JsonObject) -> bool:
    """Whether a pod is one of a canary, which the Service of its service leads to as well."""
    return labels_of(pod).get(COMPONENT_LABEL) == CANARY


def ready_endpoints(snapshot: Snapshot) -> tuple[str, ...]:
    """Names of the pods that the Service sends requests to."""
    endpoints = (item for part in snapshot.endpoint_slices for item in objects_at(part, "endpoints"))
    # An absent `ready` means true: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/
    ready = (item for item in endpoints if value_at(item, "conditions", "ready") is not False)
    return tuple(dict.fromkeys(text_at(item, "targetRef", "name") for item in ready if item.get("targetRef")))
