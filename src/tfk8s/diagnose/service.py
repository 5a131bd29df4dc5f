"""What the objects around the pods say: pods that cannot be made, an autoscaler without numbers."""

from __future__ import annotations

from datetime import datetime

from tfk8s.diagnose.catalogue import worst_first
from tfk8s.diagnose.finding import Finding, Severity
from tfk8s.diagnose.keda import diagnose_scaled_object
from tfk8s.diagnose.pods import diagnose_pod
from tfk8s.diagnose.quotas import refusal
from tfk8s.manifest import JsonObject
from tfk8s.manifest.event import NEVER, last_seen
from tfk8s.manifest.fields import condition_of, objects_at, text_at
from tfk8s.manifest.snapshot import Snapshot, name_of


def diagnose(snapshot: Snapshot, *, now: datetime) -> tuple[Finding, ...]:
    """All causes in a snapshot, final ones first. Old pods are left out: what is wrong with them is on its way out."""
    found: list[Finding] = []
    if snapshot.deployment is not None and snapshot.is_observed:
        found += _cannot_create(snapshot.deployment, now=now)
    for pod in snapshot.new_pods:
        log = snapshot.logs.get(name_of(pod), ())
        found += diagnose_pod(pod, log=log, events=snapshot.events, now=now, nodes=snapshot.nodes)
    if snapshot.scaled_object is not None:
        found += diagnose_scaled_object(snapshot.scaled_object, now=now)
    if snapshot.scaler is not None:
        found += diagnose_scaler(snapshot.scaler)
    return worst_first(tuple(found))


def _cannot_create(deployment: JsonObject, *, now: datetime) -> list[Finding]:
    failure = condition_of(deployment, "ReplicaFailure")
    if text_at(failure, "status") != "True":
        return []
    return [refusal(deployment, failure=failure, now=now)]


def diagnose_scaler(scaler: JsonObject) -> tuple[Finding, ...]:
    """Conditions of a HorizontalPodAutoscaler that say it cannot do its work; they inform and never fail a rollout."""
    found: list[Finding] = []
    for kind in ("ScalingActive", "AbleToScale"):
        condition = condition_of(scaler, kind)
        if text_at(condition, "status") != "False":
            continue
        reason = text_at(condition, "reason")
        metrics = reason.startswith("FailedGet")
        found.append(
            Finding(
                code="autoscaler-metrics" if metrics else "autoscaler",
                severity=Severity.WARNING,
                place=f"HorizontalPodAutoscaler/{name_of(scaler)}",
                cause=f"{kind} is False ({reason})",
                fix="see that metrics-server runs; `tfk8s autoscale why` finds the cause"
                if metrics
                else "the words below say what keeps it from scaling",
                evidence=(text_at(condition, "message"),),
            )
        )
    return tuple(found)


def warnings_of(snapshot: Snapshot, *, limit: int = 5) -> tuple[str, ...]:
    """The newest warning events about the Deployment, its ReplicaSets and pods, one line each."""
    names = {name_of(item) for item in (*snapshot.replica_sets, *snapshot.pods)}
    if snapshot.deployment is not None:
        names.add(name_of(snapshot.deployment))
    lines = [
        (last_seen(event) or NEVER, _event_line(event))
        for event in snapshot.events
        if text_at(event, "type") == "Warning" and text_at(event, "involvedObject", "name") in names
    ]
    newest = dict.fromkeys(line for _, line in sorted(lines, reverse=True))
    return tuple(newest)[:limit]


def _event_line(event: JsonObject) -> str:
    about = f"{text_at(event, 'involvedObject', 'kind')}/{text_at(event, 'involvedObject', 'name')}"
    return f"event {text_at(event, 'reason')} of {about}: {text_at(event, 'message')}"


def conditions_of(body: JsonObject) -> tuple[str, ...]:
    """The conditions of an object that are not as they should be, one line each."""
    return tuple(
        f"condition {text_at(item, 'type')}={text_at(item, 'status')} ({text_at(item, 'reason')}): "
        + text_at(item, "message")
        for item in objects_at(body, "status", "conditions")
        if (text_at(item, "status") == "True") is (text_at(item, "type") == "ReplicaFailure")
    )
