"""What the status of one pod says about why it does not serve."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.diagnose.load_lines import load_in_flight
from tfk8s.diagnose.log_lines import find_in_log
from tfk8s.diagnose.mounts import find_unmounted
from tfk8s.diagnose.probes import STARTUP_FAILS, find_failing_probes, find_kills
from tfk8s.diagnose.pulls import REASONS, pull_failure
from tfk8s.diagnose.scheduling import find_unscheduled
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at, time_at, value_at
from tfk8s.manifest.snapshot import is_ready, name_of

_SETTLING = timedelta(seconds=20)
"""A ConfigMap or a volume may arrive a moment after the pod; before this a complaint about it is not final."""

_MOUNTED = timedelta(seconds=60)
"""A Secret that a controller makes, such as one with a certificate, may take longer."""

_LAST_LINES = 8
_ILLEGAL_INSTRUCTION = 132  # 128 + SIGILL

_PROGRAM = re.compile(r'exec: \\?"([^"\\]+)\\?": (?:executable file not found|stat \S+: no such file or directory)')
"""runc's words for a program that the image does not have."""

_FULL_VOLUME = re.compile(r'Usage of EmptyDir volume "(?P<name>[^"]*)" exceeds the limit "(?P<limit>[^"]*)"')
"""The kubelet's words, when it ends a pod for what it wrote."""


def diagnose_pod(
    pod: JsonObject,
    *,
    log: tuple[str, ...],
    events: tuple[JsonObject, ...],
    now: datetime,
    nodes: tuple[JsonObject, ...] = (),
) -> tuple[Finding, ...]:
    """Causes for a pod that is not ready; () for one that is, or that merely starts."""
    if is_ready(pod):
        return ()
    place = f"Pod/{name_of(pod)}"
    has_settled = _age(pod, now) >= _SETTLING
    causes = [
        *_evicted(pod),
        *find_unscheduled(pod, events=events, nodes=nodes, now=now),
        *find_unmounted(pod, events=events, is_final=_age(pod, now) >= _MOUNTED),
        *find_failing_probes(pod, log=log, events=events, is_final=has_settled),
    ]
    kills = (*find_kills(pod, events=events),)
    for status in (
        *objects_at(pod, "status", "initContainerStatuses"),
        *objects_at(pod, "status", "containerStatuses"),
    ):
        causes += _waiting(status, pod=pod, now=now)
        causes += _ended(status, place=place, log=log)
    told = find_in_log(log, place=place) if has_settled or _has_ended(pod) else ()
    named = {finding.code for finding in causes}
    # The server's own words, and those of who ended it, explain a crash better than the crash itself.
    is_told = told or kills or "evicted" in named
    causes = [finding for finding in causes if not (is_told and finding.code == "crash")]
    if any(finding.code == "port-clash" for finding in told):
        causes = [finding for finding in causes if finding.code != "rest-missing"]  # which follows from it
    if any(finding.is_final for finding in told):
        kills = tuple(kill for kill in kills if not kill.cause.endswith(STARTUP_FAILS))  # as it must
    return (*(finding for finding in told if finding.code not in named), *causes, *kills)


def _age(pod: JsonObject, now: datetime) -> timedelta:
    started = time_at(pod, "status", "startTime") or time_at(pod, "metadata", "creationTimestamp")
    return now - started if started else timedelta()


def _has_ended(pod: JsonObject) -> bool:
    return any(
        value_at(status, kind, "terminated") is not None
        for status in objects_at(pod, "status", "containerStatuses")
        for kind in ("state", "lastState")
    )


def _waiting(status: JsonObject, *, pod: JsonObject, now: datetime) -> list[Finding]:
    waiting = object_at(status, "state", "waiting")
    reason, words = text_at(waiting, "reason"), text_at(waiting, "message")
    place, image = f"Pod/{name_of(pod)}", text_at(status, "image")
    if reason in REASONS:
        return [pull_failure(image, reason=reason, words=words, place=place)]
    if missing := _PROGRAM.search(words):
        return [_no_program(text_at(status, "name"), program=missing[1], words=words, place=place)]
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


def _no_program(container: str, *, program: str, words: str, place: str) -> Finding:
    return found(
        "container-command",
        place=place,
        cause=f"the image of container {container} has no program {program}",
        fix="leave `command` out, so that the image's own entry point runs, and give flags as `args`",
        evidence=(words,),
        is_final=True,
    )


def _evicted(pod: JsonObject) -> list[Finding]:
    if text_at(pod, "status", "reason") != "Evicted":
        return []
    words = text_at(pod, "status", "message")
    if full := _FULL_VOLUME.search(words):
        return [
            found(
                "evicted",
                place=f"Pod/{name_of(pod)}",
                cause=f"its node evicted it: it wrote more than {full['limit']} into its volume {full['name']}",
                fix="raise the sizeLimit of the volume, or write less into it",
                evidence=(words,),
            )
        ]
    resource = next((name for name in ("ephemeral-storage", "memory", "disk", "inodes") if name in words.lower()), "")
    return [
        found(
            "evicted",
            place=f"Pod/{name_of(pod)}",
            cause="its node evicted it" + (f": it was low on {resource}" if resource else ""),
            fix="raise the request of what ran short, so that the scheduler leaves room for it, or free the node",
            evidence=(words,),
        )
    ]


def _ended(status: JsonObject, *, place: str, log: tuple[str, ...]) -> list[Finding]:
    ended = object_at(status, "state", "terminated") or object_at(status, "lastState", "terminated")
    if not ended:
        return []
    code, reason, name = integer_at(ended, "exitCode"), text_at(ended, "reason"), text_at(status, "name")
    if missing := _PROGRAM.search(text_at(ended, "message")):
        return [_no_program(name, program=missing[1], words=text_at(ended, "message"), place=place)]
    if code == 0 and reason != "OOMKilled":
        return []
    tail = tuple(line for line in log if line.strip())[-_LAST_LINES:]
    backing_off = text_at(status, "state", "waiting", "reason") == "CrashLoopBackOff"
    final = backing_off or integer_at(status, "restartCount") > 0
    kind, cause, fix = _cause_of_end(code, reason, log=log)
    # What ended for want of memory or instructions will end so again; another crash may be a passing one.
    is_final = final or kind != "crash"
    if kind == "crash" and not tail:
        fix = "it wrote nothing: look at its command, its arguments and its image"
    return [
        Finding(
            code=kind,
            place=place,
            cause=f"container {name} {cause}",
            fix=fix,
            evidence=tail or (f"terminated: {reason or 'no reason'}, exit code {code}",),
            is_final=is_final,
        )
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
