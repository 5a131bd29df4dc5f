"""What one event means for the service, where the rules for live objects know its cause; no event of a sound start.

The words are those that the rules know from conditions and states: an event says the same a moment earlier, and stays
for an hour when the object is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tfk8s.clock import rfc3339
from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.diagnose.mounts import find_unmounted
from tfk8s.diagnose.probes import find_failing_probes, find_kills
from tfk8s.diagnose.pulls import pull_failure
from tfk8s.diagnose.quotas import refusal
from tfk8s.diagnose.scheduling import find_unscheduled
from tfk8s.manifest import JsonObject
from tfk8s.manifest.event import EventRecord

_PULL = re.compile(r'^Failed to pull image "(?P<image>[^"]+)": (?P<words>.*)', re.DOTALL)
_PULL_AGAIN = re.compile(r'^Back-off pulling image "(?P<image>[^"]+)"(?P<words>.*)', re.DOTALL)
_NO_METRIC = re.compile(r"^(?:FailedGet\w*Metric|FailedComputeMetricsReplicas|KEDAScalerFailed)$")


def explain_event(event: EventRecord, *, pod: JsonObject | None = None) -> Finding | None:
    """The cause that the event tells of; None where there is none, or none is known.

    Args:
        event: of any object of a service.
        pod: the live pod that it is about, where there is one: its probes say what was asked.
    """
    return next(_found(event, pod=pod), None)


def _found(event: EventRecord, *, pod: JsonObject | None) -> Iterator[Finding]:
    place = f"{event.about.kind}/{event.about.name}"
    if event.about.kind == "Pod":
        yield from _of_pod(event, pod=pod, place=place)
    elif event.reason == "FailedCreate":
        failure: JsonObject = {"reason": event.reason, "message": event.message}
        metadata: JsonObject = {"name": event.about.name, "namespace": event.about.namespace}
        yield replace(refusal({"metadata": metadata}, failure=failure, now=event.last), place=place)
    elif _NO_METRIC.match(event.reason):
        yield _finding(
            event, code="autoscaler-metrics", cause="the autoscaler cannot read a metric", fix="`tfk8s autoscale why`"
        )
    elif event.reason == "SyncLoadBalancerFailed":
        cause = "the cloud cannot make its load balancer"
        yield _finding(
            event, code="balancer-pending", cause=cause, fix="the words name what is missing: a quota, a right"
        )
    elif event.reason == "ProvisioningFailed":
        cause = "no volume can be made for the claim"
        yield _finding(event, code="claim-pending", cause=cause, fix="use a storage class that can make such a volume")


def _of_pod(event: EventRecord, *, pod: JsonObject | None, place: str) -> Iterator[Finding]:
    core = _core_form(event)
    named: JsonObject = {"metadata": {"name": event.about.name, "namespace": event.about.namespace}}
    if event.reason == "FailedScheduling":
        yield from find_unscheduled({**named, **_unscheduled(event.message)}, events=(), nodes=(), now=event.last)
    elif event.reason == "Killing":
        yield from find_kills(named, events=(core,))
    elif event.reason == "Unhealthy":
        yield from find_failing_probes(pod or named, log=(), events=(core,), is_final=False)
    elif event.reason in ("FailedMount", "FailedAttachVolume"):
        yield from find_unmounted(named, events=(core,), is_final=False)
    elif match := _PULL.match(event.message):
        yield pull_failure(match["image"], reason="ErrImagePull", words=match["words"], place=place)
    elif match := _PULL_AGAIN.match(event.message):
        yield pull_failure(match["image"], reason="ImagePullBackOff", words=match["words"], place=place)
    elif event.reason == "BackOff" and "restarting failed container" in event.message:
        yield _finding(
            event,
            code="crash",
            cause="its container ends again and again, and is started again later each time",
            fix="`tfk8s logs --previous` shows its last lines, `tfk8s doctor` the cause",
        )
    elif event.reason == "Evicted":
        cause = "the node ran out of what the words name, and ended the pod"
        yield _finding(
            event, code="evicted", cause=cause, fix="raise the requests, so that it runs where there is room"
        )


def _finding(event: EventRecord, *, code: str, cause: str, fix: str) -> Finding:
    place = f"{event.about.kind}/{event.about.name}"
    return found(code, place=place, cause=cause, fix=fix, evidence=(event.message,))


def _unscheduled(words: str) -> JsonObject:
    condition: JsonObject = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": words,
    }
    return {"status": {"conditions": [condition]}}


def _core_form(event: EventRecord) -> JsonObject:
    """As the rules read events."""
    return {
        "involvedObject": {"kind": event.about.kind, "name": event.about.name},
        "type": "Warning" if event.is_warning else "Normal",
        "reason": event.reason,
        "message": event.message,
        "lastTimestamp": rfc3339(event.last),
    }
