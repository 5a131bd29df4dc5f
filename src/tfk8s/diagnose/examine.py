"""Everything that the evidence of a service tells, what hurts first before the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from tfk8s.diagnose.catalogue import RULES, found, worst_first
from tfk8s.diagnose.finding import Finding
from tfk8s.diagnose.images import find_in_images, with_registry
from tfk8s.diagnose.log_lines import find_in_log_of_ready
from tfk8s.diagnose.network import find_in_network
from tfk8s.diagnose.probes import find_kills
from tfk8s.diagnose.scalers import AMBIGUOUS, find_in_scalers
from tfk8s.diagnose.service import diagnose
from tfk8s.diagnose.settings import find_in_settings
from tfk8s.diagnose.surroundings import find_in_surroundings
from tfk8s.diagnose.workload import find_in_workload
from tfk8s.manifest import JsonObject
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at
from tfk8s.manifest.snapshot import is_leaving, is_ready, name_of, restarts_of

_WRITTEN: Final = ("models", "containers")
"""Themes whose causes the server itself writes of."""

_GONE: Final = "evicted"
"""The log of such a pod is gone with its containers."""


def examine(evidence: Evidence, *, now: datetime) -> tuple[Finding, ...]:
    """All causes; `now` is when the evidence was taken."""
    snapshot = evidence.snapshot
    findings: list[Finding] = [*find_in_workload(evidence)]
    findings += (with_registry(each, evidence=evidence) for each in diagnose(snapshot, now=now))
    findings += find_in_images(evidence)
    findings += [finding for pod in snapshot.pods if is_ready(pod) for finding in _of_ready(pod, evidence=evidence)]
    findings += find_in_scalers(evidence)
    findings += find_in_network(evidence)
    findings += find_in_surroundings(evidence, now=now)
    findings += find_in_settings(evidence)
    findings += _unread(evidence)
    told = _without_echoes(tuple(findings))
    return worst_first(tuple(_with_command(finding, evidence=evidence) for finding in told))


def _with_command(finding: Finding, *, evidence: Evidence) -> Finding:
    """Of a pod there is always more to see: what its server wrote, or what happened to it."""
    kind, _, name = finding.place.partition("/")
    if finding.command or kind != "Pod":
        return finding
    pod = next((each for each in evidence.snapshot.pods if name_of(each) == name), {})
    show = f"kubectl -n {evidence.namespace} describe pod {name}"
    if finding.code != _GONE and RULES[finding.code].theme in _WRITTEN and evidence.snapshot.logs.get(name):
        previous = " --previous" if restarts_of(pod) else ""
        show = f"kubectl -n {evidence.namespace} logs {name}{previous}"
    return replace(finding, command=show)


def _of_ready(pod: JsonObject, *, evidence: Evidence) -> Iterator[Finding]:
    """What a pod that serves has behind it, or says."""
    if is_leaving(pod):
        return
    place = f"Pod/{name_of(pod)}"
    yield from find_in_log_of_ready(evidence.snapshot.logs.get(name_of(pod), ()), place=place)
    kills = tuple(replace(each, is_final=False) for each in find_kills(pod, events=evidence.snapshot.events))
    yield from kills
    for status in objects_at(pod, "status", "containerStatuses"):
        ended, times = object_at(status, "lastState", "terminated"), integer_at(status, "restartCount")
        if not times or kills:
            continue
        reason, code = text_at(ended, "reason"), integer_at(ended, "exitCode")
        out_of_memory = reason == "OOMKilled"
        yield found(
            "out-of-memory-before" if out_of_memory else "restarts",
            place=place,
            cause=f"container {text_at(status, 'name')} was started again {times} time{'s' * (times > 1)}; it last "
            + ("ended for want of memory (OOMKilled)" if out_of_memory else f"ended with exit code {code}"),
            fix="raise resources.memory: a version change holds two versions of the model at once"
            if out_of_memory
            else "its log before says why",
            evidence=(f"lastState.terminated: {reason}, exit code {code}, {text_at(ended, 'finishedAt')}",),
            command=f"kubectl -n {evidence.namespace} logs {name_of(pod)} -c {text_at(status, 'name')} --previous",
        )


def _unread(evidence: Evidence) -> Iterator[Finding]:
    """One finding for all of it: what hurts must not drown."""
    if not evidence.unread:
        return
    kinds = ", ".join(each.what for each in evidence.unread)
    yield found(
        "unread",
        place="login",
        cause=f"it may not read everything; what this would tell is not known: {kinds}",
        evidence=tuple(each.why for each in evidence.unread),
        command=f"kubectl auth can-i --list -n {evidence.namespace}",
    )


def _without_echoes(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """A cause is told where it lies, and not again of each thing that shows it."""
    claims = any(each.code == "claim-pending" and each.place.startswith("PersistentVolumeClaim/") for each in findings)
    rivals = any(each.code == "two-autoscalers" for each in findings)
    return tuple(
        each
        for each in findings
        if not (claims and each.code == "claim-pending" and each.place.startswith("Pod/"))
        and not (rivals and each.code == "autoscaler" and AMBIGUOUS in each.cause)
    )
