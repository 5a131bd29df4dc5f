"""The use-case of `tfk8s autoscale why`: the live autoscaler, explained; beside it, why pods are not ready."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tfk8s.app.autoscale_live import look_at_scaler
from tfk8s.app.service import ServiceName
from tfk8s.app.snapshot import take_snapshot
from tfk8s.autoscale.explain import explain
from tfk8s.autoscale.explanation import Explanation, Hold, MetricAccount, Trouble
from tfk8s.clock import Clock, rfc3339
from tfk8s.diagnose import Finding, diagnose
from tfk8s.manifest import JsonObject
from tfk8s.names.printable import one_line
from tfk8s.ports.cluster import Cluster

_PAST_SHOWN = 5
_MINUTES_FROM = 2
_POD_CODES = ("no-pods", "pods-unready", "pods-not-running")
_SCALER_CODES = ("autoscaler", "autoscaler-metrics")  # of diagnose: the explanation says more


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """An explanation, and the causes why pods are not ready where that matters to it."""

    explanation: Explanation
    pods: tuple[Finding, ...] = ()


def why(name: ServiceName, *, cluster: Cluster, clock: Clock) -> Why:
    """Look at the autoscaler of a service and explain it.

    Raises:
        PreconditionError: nothing scales it.
        ForbiddenError: the login may not read the autoscaler, its target or the pods.
    """
    seen = look_at_scaler(name, cluster=cluster, clock=clock)
    found = explain(seen)
    if not any(trouble.code in _POD_CODES for trouble in found.troubles):
        return Why(explanation=found)
    findings = diagnose(take_snapshot(name, cluster=cluster), now=seen.taken_at)
    return Why(explanation=found, pods=tuple(each for each in findings if each.code not in _SCALER_CODES))


def why_lines(found: Why) -> Iterator[str]:
    """For people: what is wrong first, then what it reads and computes, what holds it, what was and what comes."""
    for line in _why_lines(found):
        yield one_line(line)


def _why_lines(found: Why) -> Iterator[str]:
    told = found.explanation
    yield _heading(told)
    for trouble in told.troubles:
        yield from ("", *trouble.lines())
    for finding in found.pods:
        yield from ("", *finding.lines())
    yield from ("", "it reads and computes:")
    for metric in told.metrics:
        yield from _metric_lines(metric)
    if told.holds:
        yield from ("", "it is held by:")
        yield from (f"  {_hold_words(hold, now=told.taken_at)}" for hold in told.holds)
    yield from ("", "next:", *(f"  {line}" for line in _outlook_lines(told)))
    if told.past:
        yield from ("", "what happened:")
        for each in told.past[:_PAST_SHOWN]:
            times = f" ({each.times} times)" if each.times > 1 else ""
            yield f"  {_time_words(each.at, now=told.taken_at)}: {each.words}{times}"
    if told.notes:
        yield ""
    yield from (f"note: {note}" for note in told.notes)


def _heading(told: Explanation) -> str:
    made = f", made by {told.made_by}" if told.made_by else ""
    counts = f"{told.current} {_pods(told.current)}, {told.ready} ready, {told.desired} wanted"
    return f"{told.name} in {told.namespace}{made}: {told.target}, {counts}, {told.minimum} to {told.maximum} allowed"


def _pods(count: int) -> str:
    return "pod" if count == 1 else "pods"


def _metric_lines(metric: MetricAccount) -> Iterator[str]:
    decides = ", which decides: the most pods win" if metric.decides else ""
    yield f"  {metric.name}: {metric.current}, target {metric.target}{decides}"
    if metric.computed:
        yield from (f"    {step}" for step in metric.computed.split("; "))


def _hold_words(hold: Hold, *, now: datetime) -> str:
    since = f"; since {_time_words(hold.since, now=now)}" if hold.since is not None else ""
    return f"{hold.code}: {hold.words}{since}"


def _outlook_lines(told: Explanation) -> Iterator[str]:
    coming = told.outlook
    if coming.replicas is None:
        yield coming.words
        return
    kept = "stays at" if coming.replicas == told.desired else "goes to"
    yield f"the next sync {kept} {coming.replicas}: {coming.words}"
    if coming.change_to is None or coming.soonest is None or coming.latest is None:
        return
    soonest, latest = (_time_words(each, now=told.taken_at) for each in (coming.soonest, coming.latest))
    when = f"at {latest}" if coming.soonest == coming.latest else f"between {soonest} and {latest}"
    yield f"as long as the metrics stay so, it goes to {coming.change_to} {when}"


def _time_words(at: datetime, *, now: datetime) -> str:
    seconds = round((now - at).total_seconds())
    length = _length_words(abs(seconds))
    distance = f"{length} ago" if seconds > 0 else f"in {length}" if seconds < 0 else "now"
    return f"{at:%H:%M:%S}Z ({distance})"


def _length_words(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if minutes < _MINUTES_FROM:
        return f"{seconds} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def why_json(found: Why) -> JsonObject:
    """The stable form of `-o json`."""
    told = found.explanation
    coming = told.outlook
    return {
        "name": told.name,
        "namespace": told.namespace,
        "target": told.target,
        "madeBy": told.made_by,
        "time": _moment(told.taken_at),
        "replicas": {
            "current": told.current,
            "desired": told.desired,
            "ready": told.ready,
            "min": told.minimum,
            "max": told.maximum,
            "wanted": told.wanted,
        },
        "metrics": [
            {
                "name": metric.name,
                "target": metric.target,
                "current": metric.current,
                "computed": metric.computed,
                "proposal": metric.proposal,
                "decides": metric.decides,
            }
            for metric in told.metrics
        ],
        "holds": [
            {
                "code": hold.code,
                "words": hold.words,
                "since": _moment(hold.since),
                "soonest": _moment(hold.soonest),
                "latest": _moment(hold.latest),
            }
            for hold in told.holds
        ],
        "next": {
            "replicas": coming.replicas,
            "words": coming.words,
            "changeTo": coming.change_to,
            "soonest": _moment(coming.soonest),
            "latest": _moment(coming.latest),
        },
        "past": [
            {"time": _moment(each.at), "words": each.words, "times": each.times, "replicas": each.replicas}
            for each in told.past
        ],
        "troubles": [_trouble_json(each) for each in (*told.troubles, *found.pods)],
        "notes": [*told.notes],
    }


def _trouble_json(trouble: Trouble | Finding) -> JsonObject:
    return {
        "code": trouble.code,
        "place": trouble.place,
        "cause": trouble.cause,
        "fix": trouble.fix,
        "evidence": [*trouble.evidence],
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
