"""The use-case of `tfk8s autoscale show`: replicas, bounds, metrics and conditions of the live autoscaler."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfk8s.app.autoscale_live import find_scaler
from tfk8s.app.service import ServiceName
from tfk8s.autoscale.summary import ConditionNow, Summary, summarize
from tfk8s.clock import Clock, rfc3339
from tfk8s.errors import PreconditionError, Tfk8sError
from tfk8s.manifest import JsonObject
from tfk8s.names.printable import one_line
from tfk8s.ports.cluster import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """One look at the autoscaler.

    Attributes:
        name: The service.
        time: Of the look, RFC 3339 in UTC.
        summary: What was seen; None when the cluster could not be asked.
        problem: Why it could not.
    """

    name: ServiceName
    time: str
    summary: Summary | None
    problem: str = ""

    @property
    def exit_code(self) -> int:
        """0 where the autoscaler could be read, whatever it says."""
        return PreconditionError.exit_code if self.summary is None else 0

    def shows_same(self, other: Showing | None) -> bool:
        """Whether another look showed the same, whenever it was."""
        return other is not None and (self.summary, self.problem) == (other.summary, other.problem)


def show(name: ServiceName, *, cluster: Cluster, clock: Clock) -> Showing:
    """Look once.

    Raises:
        PreconditionError: nothing scales the service.
    """
    found = find_scaler(name, cluster=cluster)
    return Showing(name=name, time=rfc3339(clock.utc_now()), summary=summarize(found.scaler, target=found.target))


def watch(name: ServiceName, *, cluster: Cluster, clock: Clock, interval_s: float) -> Iterator[Showing]:
    """Look for ever; every look comes out. A cluster that does not answer is a state too."""
    while True:
        try:
            yield show(name, cluster=cluster, clock=clock)
        except Tfk8sError as error:
            yield Showing(name=name, time=rfc3339(clock.utc_now()), summary=None, problem=error.message)
        clock.sleep(interval_s)


def show_lines(showing: Showing) -> Iterator[str]:
    """For people, one thing a line."""
    for line in _lines(showing):
        yield one_line(line)


def _lines(showing: Showing) -> Iterator[str]:
    summary = showing.summary
    if summary is None:
        yield f"{showing.name.name} in {showing.name.namespace}: not known: {showing.problem}"
        return
    made = f", made by {summary.made_by}" if summary.made_by else ""
    yield f"{summary.name} in {showing.name.namespace}{made}: scales {summary.target}"
    ready = "the target does not exist" if summary.ready is None else f"{summary.ready} ready"
    yield (
        f"pods: {summary.current} current, {summary.desired} desired, {ready}; "
        f"{summary.minimum} to {summary.maximum} allowed; last change {summary.last_change or 'never'}"
    )
    yield from (f"{metric.name}: {metric.current}, target {metric.target}" for metric in summary.metrics)
    if summary.conditions:
        yield "conditions: " + ", ".join(_condition_words(each) for each in summary.conditions)
    if any(metric.current == "unknown" for metric in summary.metrics) or _is_held(summary):
        yield "`tfk8s autoscale why` says why"


def _condition_words(condition: ConditionNow) -> str:
    mark = "" if condition.is_good else "!"
    return f"{mark}{condition.kind}={condition.status} ({condition.reason})"


def _is_held(summary: Summary) -> bool:
    return any(not each.is_good or each.reason.endswith("Stabilized") for each in summary.conditions)


def show_json(showing: Showing) -> JsonObject:
    """The stable form of `-o json`; `autoscaler` is null when the cluster could not be asked."""
    return {
        "name": showing.name.name,
        "namespace": showing.name.namespace,
        "time": showing.time,
        "problem": showing.problem,
        "autoscaler": None if showing.summary is None else _summary_json(showing.summary),
    }


def _summary_json(summary: Summary) -> JsonObject:
    return {
        "name": summary.name,
        "target": summary.target,
        "madeBy": summary.made_by,
        "min": summary.minimum,
        "max": summary.maximum,
        "current": summary.current,
        "desired": summary.desired,
        "ready": summary.ready,
        "lastChange": summary.last_change or None,
        "metrics": [
            {"name": metric.name, "current": metric.current, "target": metric.target} for metric in summary.metrics
        ],
        "conditions": [
            {"type": each.kind, "status": each.status, "reason": each.reason, "good": each.is_good}
            for each in summary.conditions
        ],
    }
