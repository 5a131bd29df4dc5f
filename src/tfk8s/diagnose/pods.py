"""What the status of one pod says about why it does not serve."""

from __future__ import annotations

from datetime import datetime, timedelta

from tfk8s.diagnose.finding import Finding
from tfk8s.diagnose.load_lines import load_in_flight
from tfk8s.diagnose.log_lines import find_in_log
from tfk8s.diagnose.pulls import REASONS, pull_failure
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import condition_of, integer_at, object_at, objects_at, text_at, time_at, value_at
from tfk8s.manifest.snapshot import is_ready, name_of

_SETTLING = timedelta(seconds=20)
"""A ConfigMap or a volume may arrive a moment after the pod; before this a complaint about it is not final."""

_PATIENCE = timedelta(seconds=45)
"""How long a pod may be unschedulable: old pods go, and a cluster autoscaler says within seconds that it acts."""

_LAST_LINES = 8
_ILLEGAL_INSTRUCTION = 132  # 128 + SIGILL


def diagnose_pod(
    pod: JsonObject, *, log: tuple[str, ...], events: tuple[JsonObject, ...], now: datetime
) -> tuple[Finding, ...]:
    """Causes for a pod that is not ready; () for one that is, or that merely starts."""
    if is_ready(pod):
        return ()
    place = f"Pod/{name_of(pod)}"
    found = [*_unscheduled(pod, events=events, now=now)]
    for status in (
        *objects_at(pod, "status", "initContainerStatuses"),
        *objects_at(pod, "status", "containerStatuses"),
    ):
        found += _waiting(status, pod=pod, now=now)
        found += _ended(status, place=place, log=log)
    told = find_in_log(log, place=place) if _age(pod, now) >= _SETTLING or _has_ended(pod) else ()
    named = {finding.code for finding in found}
    # The server's own words explain a crash better than the crash itself.
    found = [finding for finding in found if not (told and finding.code == "crash")]
    return (*(finding for finding in told if finding.code not in named), *found)


def _age(pod: JsonObject, now: datetime) -> timedelta:
    started = time_at(pod, "status", "startTime") or time_at(pod, "metadata", "creationTimestamp")
    return now - started if started else timedelta()


def _has_ended(pod: JsonObject) -> bool:
    return any(
        value_at(status, kind, "terminated") is not None
        for status in objects_at(pod, "status", "containerStatuses")
        for kind in ("state", "lastState")
    )


def _unscheduled(pod: JsonObject, *, events: tuple[JsonObject, ...], now: datetime) -> list[Finding]:
    condition = condition_of(pod, "PodScheduled")
    if text_at(condition, "status") != "False" or text_at(condition, "reason") != "Unschedulable":
        return []
    words = text_at(condition, "message")
    grows = any(
        text_at(event, "reason") == "TriggeredScaleUp" and text_at(event, "involvedObject", "name") == name_of(pod)
        for event in events
    )
    since = time_at(condition, "lastTransitionTime")
    gpu = "nvidia.com/gpu" in words
    return [
        Finding(
            code="unschedulable",
            place=f"Pod/{name_of(pod)}",
            cause="no node can take it" + (": none has a free nvidia.com/gpu" if gpu else ""),
            fix="lower resources of the spec, or add nodes" + (" with GPUs" if gpu else ""),
            evidence=(words,),
            is_final=not grows and since is not None and now - since >= _PATIENCE,
        )
    ]


def _waiting(status: JsonObject, *, pod: JsonObject, now: datetime) -> list[Finding]:
    waiting = object_at(status, "state", "waiting")
    reason, words = text_at(waiting, "reason"), text_at(waiting, "message")
    place, image = f"Pod/{name_of(pod)}", text_at(status, "image")
    if reason in REASONS:
        return [pull_failure(image, reason=reason, words=words, place=place)]
    if reason in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError"):
        other_architecture = "exec format error" in words
        return [
            Finding(
                code="architecture" if other_architecture else "container-config",
                place=place,
                cause=f"container {text_at(status, 'name')} cannot be created ({reason})"
                + (": the image is for another CPU architecture than the node" if other_architecture else ""),
                fix="use amd64 nodes; the official images are amd64 only"
                if other_architecture
                else "the words below name what is missing: a ConfigMap, a Secret, a key or a program",
                evidence=(words,) if words else (),
                is_final=_age(pod, now) >= _SETTLING,
            )
        ]
    return []


def _ended(status: JsonObject, *, place: str, log: tuple[str, ...]) -> list[Finding]:
    ended = object_at(status, "state", "terminated") or object_at(status, "lastState", "terminated")
    if not ended:
        return []
    code, reason, name = integer_at(ended, "exitCode"), text_at(ended, "reason"), text_at(status, "name")
    if code == 0 and reason != "OOMKilled":
        return []
    tail = tuple(line for line in log if line.strip())[-_LAST_LINES:]
    backing_off = text_at(status, "state", "waiting", "reason") == "CrashLoopBackOff"
    final = backing_off or integer_at(status, "restartCount") > 0
    kind, cause, fix = _cause_of_end(code, reason, log=log)
    # What ended for want of memory or instructions will end so again; another crash may be a passing one.
    is_final = final or kind != "crash"
    return [
        Finding(code=kind, place=place, cause=f"container {name} {cause}", fix=fix, evidence=tail, is_final=is_final)
    ]


def _cause_of_end(code: int, reason: str, *, log: tuple[str, ...]) -> tuple[str, str, str]:
    """Code of the finding, what happened to the container, and what to do."""
    if reason == "OOMKilled":
        return (
            "out-of-memory",
            f"was killed: out of memory (OOMKilled){_at_that_time(log)}",
            "raise resources.memory: a version change holds two versions of the model at once",
        )
    if code == _ILLEGAL_INSTRUCTION:
        return (
            "illegal-instruction",
            f"died of an illegal instruction (exit code {code})",
            "use nodes with AVX (amd64), or an image built without it",
        )
    told = f" ({reason})" if reason not in ("", "Error") else ""
    return "crash", f"ended with exit code {code}{told}", "the container's last lines say why"


def _at_that_time(log: tuple[str, ...]) -> str:
    """Which load was under way when the log ends, and what was in memory beside it."""
    load = load_in_flight(log)
    if load is None:
        return ""
    beside = f" beside version {', '.join(map(str, load.loaded))}" if load.loaded else ""
    return f" while it loaded version {load.version} of {load.model}{beside}"
