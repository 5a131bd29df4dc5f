"""What the pod of a trial is doing: where it is, since when, what is wrong with it, and its log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tfk8s.app.carry_out import World
from tfk8s.app.planning import if_allowed, nodes_of
from tfk8s.diagnose import Finding
from tfk8s.diagnose.pods import diagnose_pod
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import condition_of, labels_of, object_at, objects_at, text_at, time_at, value_at
from tfk8s.manifest.snapshot import name_of
from tfk8s.plan.capacity import shown
from tfk8s.plan.room import Amounts, admits, asked_by, left_beside
from tfk8s.ports.cluster import Cluster, LogQuery, ObjectQuery
from tfk8s.render.trial import VERSION_LABEL, Trial

_LOG = 200
_MOST_NODES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPod:
    """The pod of a trial at one moment.

    Attributes:
        ref: the pod; named like the Job while there is none.
        is_running: whether its server can be reached.
        has_ended: whether it will do nothing more.
        reason: what it waits for, in a few words.
        started: since when its container runs.
        findings: what is wrong with it.
        log: the last lines of its server.
    """

    ref: ObjectRef
    is_running: bool
    has_ended: bool
    reason: str
    started: datetime | None
    findings: tuple[Finding, ...]
    log: tuple[str, ...]

    def running_s(self, now: datetime) -> float:
        """Seconds since its container started; 0 when it has not."""
        return max((now - self.started).total_seconds(), 0.0) if self.started else 0.0


def look(trial: Trial, *, cluster: Cluster, now: datetime, with_log: bool = False) -> TrialPod:
    """Look once; the log is read when something is wrong, or `with_log`."""
    job = cluster.get(trial.job.ref)
    uid = text_at(job, "metadata", "uid")
    pods = [pod for pod in cluster.list(_pods_of(trial)) if _owner(pod) in ("", uid)]
    if not pods:
        return _without_pod(trial, job, cluster=cluster)
    pod = max(pods, key=lambda each: text_at(each, "metadata", "creationTimestamp"))
    ref = ObjectRef(api_version="v1", kind="Pod", namespace=trial.job.ref.namespace, name=name_of(pod))
    phase = text_at(pod, "status", "phase")
    state = _state(pod)
    is_running = value_at(state, "running") is not None
    has_ended = phase in ("Failed", "Succeeded") or value_at(state, "terminated") is not None
    log = _log(pod, ref, cluster=cluster) if has_ended or with_log or is_running else ()
    return TrialPod(
        ref=ref,
        is_running=is_running,
        has_ended=has_ended,
        reason=_reason(pod, state),
        started=time_at(state, "running", "startedAt"),
        findings=diagnose_pod(pod, log=log, events=_events(ref, cluster=cluster) if not is_running else (), now=now),
        log=log,
    )


def has_pods(trial: Trial, *, cluster: Cluster) -> bool:
    """Whether a pod of the trial is still there."""
    return bool(cluster.list(_pods_of(trial)))


def _pods_of(trial: Trial) -> ObjectQuery:
    labels = {**labels_of(trial.job.body), VERSION_LABEL: str(trial.version)}
    return ObjectQuery(api_version="v1", kind="Pod", namespace=trial.job.ref.namespace, labels=labels)


def _owner(pod: JsonObject) -> str:
    return next((text_at(owner, "uid") for owner in objects_at(pod, "metadata", "ownerReferences")), "")


def _without_pod(trial: Trial, job: JsonObject | None, *, cluster: Cluster) -> TrialPod:
    """No pod: the Job has just been made, or the cluster refuses to make its pod (a quota, a policy)."""
    failed = condition_of(job or {}, "Failed")
    refusals = [
        text_at(event, "message")
        for event in _events(trial.job.ref, cluster=cluster)
        if text_at(event, "reason") == "FailedCreate"
    ]
    findings: tuple[Finding, ...] = ()
    if refusals:
        findings = (
            Finding(
                code="pod-refused",
                place=str(trial.job.ref),
                cause="the cluster refuses to make its pod",
                fix="the words below name the quota or policy: a trial needs room for one pod more",
                evidence=(refusals[-1],),
                is_final=True,
            ),
        )
    return TrialPod(
        ref=trial.job.ref,
        is_running=False,
        has_ended=text_at(failed, "status") == "True" or job is None,
        reason="its pod is not there yet",
        started=None,
        findings=findings,
        log=(),
    )


def _state(pod: JsonObject) -> JsonObject:
    first = next(iter(objects_at(pod, "status", "containerStatuses")), {})
    return object_at(first, "state")


def _reason(pod: JsonObject, state: JsonObject) -> str:
    waiting = text_at(state, "waiting", "reason")
    if waiting:
        return f"its container waits: {waiting}"
    scheduled = condition_of(pod, "PodScheduled")
    if text_at(scheduled, "status") == "False":
        return f"it is not scheduled: {text_at(scheduled, 'message')}"
    return "its container is being made"


def _log(pod: JsonObject, ref: ObjectRef, *, cluster: Cluster) -> tuple[str, ...]:
    containers = objects_at(pod, "spec", "containers")
    if not containers:
        return ()
    query = LogQuery(container=text_at(containers[0], "name"), tail_lines=_LOG)
    none: tuple[str, ...] = ()
    return if_allowed(lambda: cluster.logs(ref, query=query), otherwise=none)


def _events(ref: ObjectRef, *, cluster: Cluster) -> tuple[JsonObject, ...]:
    query = ObjectQuery(api_version="v1", kind="Event", namespace=ref.namespace)
    none: tuple[JsonObject, ...] = ()
    found = if_allowed(lambda: cluster.list(query), otherwise=none)
    return tuple(event for event in found if text_at(event, "involvedObject", "name") == ref.name)


def room_lines(trial: Trial, *, world: World) -> tuple[str, ...]:
    """What the trial asks for, and what each node that admits it has left; () when the login may not look."""
    template = object_at(trial.job.body, "spec", "template")
    none: tuple[JsonObject, ...] = ()
    pods = if_allowed(lambda: world.cluster.list(ObjectQuery(api_version="v1", kind="Pod")), otherwise=none)
    nodes = [node for node in nodes_of(world.cluster) if admits(node, template)]
    lines = [f"the trial asks for {_amounts(asked_by(template))}"]
    for node in nodes[:_MOST_NODES]:
        on_it = [pod for pod in pods if text_at(pod, "spec", "nodeName") == name_of(node)]
        lines.append(f"node {name_of(node)} has {_amounts(left_beside(node, on_it))} left")
    if len(nodes) > _MOST_NODES:
        lines.append(f"and {len(nodes) - _MOST_NODES} further nodes")
    return tuple(lines) if nodes else (*lines, "no node admits it: see nodeSelector and tolerations of the spec")


def _amounts(amounts: Amounts) -> str:
    from decimal import Decimal

    parts = [
        f"cpu {shown('cpu', Decimal(amounts.cpu_millis) / 1000)}",
        f"memory {shown('memory', Decimal(amounts.memory_bytes))}",
    ]
    if amounts.gpus:
        parts.append(f"nvidia.com/gpu {amounts.gpus}")
    return ", ".join(parts)
