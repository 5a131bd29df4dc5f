"""Specs whose scaling must be refused, as those of `invalid`."""

from __future__ import annotations

from tests.unit.spec.invalid import HEAD, Invalid

KEDA = 'source: {kind: keda, server: "http://prometheus.monitoring:9090"}'


def _scaling(added: str, field: str, says: str, *, after: str = "") -> Invalid:
    """One line of `scaling`, the fifth of the file; `after` stands behind it."""
    text = f"{HEAD}scaling:\n  {added}\n  max: 9\n{after}"
    return Invalid(text=text, line=5, field=f"scaling.{field}", says=says)


def _keda(added: str, field: str, says: str, *, line: int = 5) -> Invalid:
    text = f"{HEAD}scaling:\n  {added}\n  metrics: [{{requestsPerSecond: 5}}]\n  max: 9\n  {KEDA}\n"
    return Invalid(text=text, line=line, field=f"scaling.{field}", says=says)


_METRIC = "metrics[0]"
_QUEUE = "metrics: [{external: {name: queue, averageValue: 3"

METRICS = (
    _scaling("metrics: [{requestsPerSecond: 0}]", f"{_METRIC}.requestsPerSecond", "above 0"),
    _scaling("metrics: [{requestsPerSecond: 0.0001}]", f"{_METRIC}.requestsPerSecond", "steps of 0.001"),
    _scaling("metrics: [{requestsPerSecond: many}]", f"{_METRIC}.requestsPerSecond", "is no quantity"),
    _scaling("metrics: [{requestsPerSecond: 5}]", f"{_METRIC}.requestsPerSecond", "needs scaling.source"),
    _scaling("metrics: [{inFlight: 5}]", f"{_METRIC}.inFlight", "needs scaling.source"),
    _scaling("metrics: [{latencyMilliseconds: 5}]", f"{_METRIC}.latencyMilliseconds", "needs scaling.source"),
    _scaling("metrics: [{latencyMilliseconds: 0.5}]", f"{_METRIC}.latencyMilliseconds", "whole number"),
    _scaling(
        "metrics: [{latencyMilliseconds: 5, percentile: 99.9}]", f"{_METRIC}.percentile", "must be a whole number"
    ),
    _scaling("metrics: [{inFlight: 5, percentile: 9}]", f"{_METRIC}.percentile", "does not go with inFlight"),
    _scaling("metrics: [{containerCpu: 101}]", f"{_METRIC}.containerCpu", "at most 100"),
    _scaling("metrics: [{containerMemory: 80, container: A}]", f"{_METRIC}.container", "write a"),
    _scaling("metrics: [{containerCpu: 5}, {containerCpu: 6}]", "metrics[1]", "given by an earlier metric"),
    _scaling("metrics: [{external: {name: a b, value: 1}}]", f"{_METRIC}.external.name", "no name of a metric"),
    _scaling("metrics: [{external: {name: queue}}]", f"{_METRIC}.external", "is missing averageValue"),
    _scaling(f"{_QUEUE}, value: 5}}}}]", f"{_METRIC}.external", "not both"),
    _scaling(f"{_QUEUE}, query: up}}}}]", f"{_METRIC}.external.query", "needs source.kind keda"),
    _scaling(f"{_QUEUE}}}}}, {{external: {{name: queue, value: 1}}}}]", "metrics[1]", "external queue is given"),
    _scaling(f"{_QUEUE}}}}}]", f"{_METRIC}.external.query", "is missing", after=f"  {KEDA}\n"),
    _scaling(f"{_QUEUE}, query: 'sum(a'}}}}]", f"{_METRIC}.external.query", "( is not closed", after=f"  {KEDA}\n"),
    _scaling(
        f"{_QUEUE}, query: up, selector: {{a: b}}}}}}]",
        f"{_METRIC}.external.selector",
        "write it into the query",
        after=f"  {KEDA}\n",
    ),
)

SOURCES = (
    _scaling("source: {kind: datadog}", "source.kind", "must be keda"),
    _scaling("source: {kind: keda, server: prometheus}", "source.server", "no address of a Prometheus"),
    _scaling('source: {kind: keda, server: "http://me:secret@prometheus"}', "source.server", "without a password"),
    _scaling("source: {kind: keda, project: My}", "source.project", "no id of a Google Cloud project"),
    _scaling("source: {kind: keda}", "source", "needs server", after="  metrics: [{requestsPerSecond: 5}]\n"),
    _scaling(
        'source: {kind: keda, server: "http://p", project: my-project}',
        "source.project",
        "give one of the two",
    ),
    _scaling(
        'source: {kind: prometheus-adapter, server: "http://p"}',
        "source.server",
        "needs kind: keda",
        after="  metrics: [{requestsPerSecond: 5}]\n",
    ),
    _scaling("source: {kind: prometheus-adapter}", "source", "no metric needs prometheus-adapter"),
    _scaling(
        "source: {kind: gke}",
        "source.kind",
        "needs serving.podMonitoring",
        after="  metrics: [{requestsPerSecond: 5}]\n",
    ),
    _scaling(
        "source: {kind: keda, project: my-project}",
        "source.project",
        "needs GKE",
        after="cluster: {provider: kind}\n",
    ),
    _scaling(
        "source: {kind: prometheus-adapter, intervalSeconds: 30}",
        "source.intervalSeconds",
        "has no effect",
        after="  metrics: [{requestsPerSecond: 5}]\n",
    ),
    Invalid(
        text=f"{HEAD}scaling:\n  max: 9\n  metrics: [{{inFlight: 5}}]\n  {KEDA}\nserving: {{monitoring: false}}\n",
        line=8,
        field="serving.monitoring",
        says="must be true: scaling.metrics has inFlight",
    ),
)

ZERO = (
    _scaling("min: 0", "min", "nothing could start the first pod"),
    _scaling("min: 1001", "min", "at most 1000"),
    _keda("min: 0", "min", "give wake"),
    _keda("wake: {query: up}", "wake", "needs min: 0, and min is 1"),
    _scaling("wake: {query: up}", "wake", "needs scaling.source.kind keda"),
    _scaling("wake: {query: ''}", "wake.query", "is empty"),
    _scaling("wake: {query: 'a{b=\"c}'}", "wake.query", "does not end"),
    _scaling("wake: {query: 'a)'}", "wake.query", ") closes nothing"),
    _scaling("wake: {query: up, idleSeconds: 0}", "wake.idleSeconds", "auto or whole seconds"),
)

_FROM_EIGHT = 'schedules: [{start: "0 8 * * *", end: "0 9 * * *", min: '

SCHEDULES = (
    _scaling(f"{_FROM_EIGHT}3}}]", "schedules", "does not know the time"),
    _keda(f"{_FROM_EIGHT}1}}]", "schedules[0].min", "it would do nothing"),
    _keda(f"{_FROM_EIGHT}10}}]", "schedules[0].min", "more than max"),
    _keda(f"{_FROM_EIGHT}0}}]", "schedules[0].min", "at least 1"),
    _keda('schedules: [{start: "0 8 * * *", end: "0 8 * * *", min: 3}]', "schedules[0].end", "no length"),
    _keda('schedules: [{start: "0 8 * *", end: "0 9 * * *", min: 3}]', "schedules[0].start", "4 fields, not five"),
    _keda('schedules: [{start: "0 24 * * *", end: "0 9 * * *", min: 3}]', "schedules[0].start", "24 is no hour"),
    _keda('schedules: [{start: "0 8 * * 1-8", end: "0 9 * * *", min: 3}]', "schedules[0].start", "no weekday"),
    _keda('schedules: [{start: "*/0 8 * * *", end: "0 9 * * *", min: 3}]', "schedules[0].start", "no minute"),
    _keda(f"{_FROM_EIGHT}3, timezone: Berlin Mitte}}]", "schedules[0].timezone", "no name of a time zone"),
)


def _up(added: str, field: str, says: str) -> Invalid:
    return _scaling(f"behavior: {{scaleUp: {{{added}}}}}", f"behavior.scaleUp{field}", says)


PACES = (
    _up("policies: [{seconds: 60}]", ".policies[0]", "needs pods or percent"),
    _up("policies: [{pods: 1, percent: 5, seconds: 60}]", ".policies[0]", "not both"),
    _up("policies: [{pods: 0, seconds: 60}]", ".policies[0].pods", "at least 1"),
    _up("policies: [{pods: 1, seconds: 1801}]", ".policies[0].seconds", "at most 1800"),
    _up("policies: [{pods: 1}]", ".policies[0].seconds", "is missing"),
    _up(f"policies: [{', '.join(['{pods: 1, seconds: 60}'] * 201)}]", ".policies", "at most 200 entries"),
    _up("select: most", ".select", "must be max"),
    _up("select: disabled, tolerancePercent: 5", ".select", "have no effect"),
    _up("tolerancePercent: -1", ".tolerancePercent", "at least 0"),
    _up("windowSeconds: 5", ".windowSeconds", "known are policies"),
)

ALL = (*METRICS, *SOURCES, *ZERO, *SCHEDULES, *PACES)
