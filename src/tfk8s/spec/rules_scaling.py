"""Rules about scaling: metrics that somebody can answer, zero pods that something can wake, schedules and paces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfk8s.spec.metrics import SERVER_KINDS, metric_kind
from tfk8s.spec.scaling import Autoscaled
from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.scaling_pace import PaceSpec
    from tfk8s.spec.scaling_source import MetricSource
    from tfk8s.spec.server_metrics import ExternalSource
    from tfk8s.spec.service import ServiceSpec

_METRICS = ("scaling", "metrics")
_SOURCE = ("scaling", "source")


def further_scaling_is_possible(spec: ServiceSpec, scaling: Autoscaled) -> Iterator[Violation]:
    """Whatever is said of scaling beyond a range, CPU and memory."""
    for rule in (
        metrics_are_given_once,
        metrics_have_a_source,
        sources_are_complete,
        zero_can_be_left,
        schedules_raise_the_floor,
    ):
        yield from rule(spec, scaling)
    yield from paces_are_possible(scaling)


def metrics_are_given_once(spec: ServiceSpec, scaling: Autoscaled) -> Iterator[Violation]:
    """Two entries of one metric would fight; of those from outside, and of containers, there may be several."""
    del spec
    seen: set[str] = set()
    for index, metric in enumerate(scaling.metrics):
        named = metric_kind(metric)
        if metric.kind == "external":
            named = f"external {metric.external.name}"
        elif metric.kind == "containerCpu" or metric.kind == "containerMemory":
            named = f"{named} of {metric.container}"
        if named in seen:
            yield Violation(path=(*_METRICS, index), message=f"{named} is given by an earlier metric")
        seen.add(named)


def metrics_have_a_source(spec: ServiceSpec, scaling: Autoscaled) -> Iterator[Violation]:
    """What the server counts reaches an autoscaler only where something collects it and somebody answers for it."""
    counted = [(index, metric_kind(metric)) for index, metric in enumerate(scaling.metrics)]
    counted = [(index, kind) for index, kind in counted if kind in SERVER_KINDS]
    for index, kind in counted:
        if scaling.source is None:
            message = (
                "needs scaling.source: say who collects the server's metrics, as source: {kind: keda, server: "
                '"http://prometheus.monitoring:9090"}'
            )
            yield Violation(path=(*_METRICS, index, kind), message=message)
    if counted and not spec.serving.monitoring:
        message = f"must be true: scaling.metrics has {counted[0][1]}, which the server counts"
        yield Violation(path=("serving", "monitoring"), message=message)
    for index, metric in enumerate(scaling.metrics):
        if metric.kind == "external":
            yield from _external(metric.external, source=scaling.source, path=(*_METRICS, index, "external"))


def _external(
    external: ExternalSource, *, source: MetricSource | None, path: tuple[str | int, ...]
) -> Iterator[Violation]:
    given = [key for key in ("average_value", "value") if getattr(external, key) is not None]
    if len(given) != 1:
        what = (
            "is missing averageValue (for each pod) or value (as a whole)"
            if not given
            else "takes averageValue or value, not both"
        )
        yield Violation(path=path, message=what)
    if source is not None and source.kind == "keda":
        if external.query is None:
            yield Violation(path=(*path, "query"), message="is missing: keda asks Prometheus, and needs the PromQL")
        if external.selector:
            yield Violation(path=(*path, "selector"), message="has no effect with keda: write it into the query")
    elif external.query is not None:
        message = "needs source.kind keda: elsewhere the metric has its name from the rules of your adapter"
        yield Violation(path=(*path, "query"), message=message)


def sources_are_complete(spec: ServiceSpec, scaling: Autoscaled) -> Iterator[Violation]:
    """Each kind of source needs its own fields, and ignores those of the others."""
    source = scaling.source
    if source is None:
        return
    if source.kind != "keda":
        for key, value in (("server", source.server), ("project", source.project)):
            if value is not None:
                message = f"needs kind: keda; with {source.kind} the adapter's own settings say whom it asks"
                yield Violation(path=(*_SOURCE, key), message=message)
    elif source.server is not None and source.project is not None:
        yield Violation(path=(*_SOURCE, "project"), message="does not go with server: give one of the two")
    elif source.server is None and source.project is None and _asks_prometheus(scaling):
        message = (
            "needs server, the address of a Prometheus, or project, the Google Cloud project whose managed one is asked"
        )
        yield Violation(path=_SOURCE, message=message)
    if not _asks_prometheus(scaling) and source.kind != "keda":
        message = f"has no effect: no metric needs {source.kind}"
        yield Violation(path=_SOURCE, message=message)
    if source.kind == "prometheus-adapter" and "interval_seconds" in source.model_fields_set:
        message = "has no effect with prometheus-adapter: it asks when the autoscaler does"
        yield Violation(path=(*_SOURCE, "intervalSeconds"), message=message)
    yield from _managed(spec, source)


def _asks_prometheus(scaling: Autoscaled) -> bool:
    kinds = {metric_kind(metric) for metric in scaling.metrics}
    return bool(kinds & SERVER_KINDS) or "external" in kinds or scaling.wake is not None


def _managed(spec: ServiceSpec, source: MetricSource) -> Iterator[Violation]:
    """Google's managed Prometheus knows what a PodMonitoring tells it to collect, on clusters of GKE."""
    if source.kind != "gke" and source.project is None:
        return
    key = "kind" if source.kind == "gke" else "project"
    if spec.kind_cluster is not None:
        yield Violation(path=(*_SOURCE, key), message="needs GKE, and cluster.provider is kind")
    scaling = spec.scaling
    counted = isinstance(scaling, Autoscaled) and any(metric_kind(metric) in SERVER_KINDS for metric in scaling.metrics)
    if counted and spec.scrape != "podMonitoring":
        message = "needs serving.podMonitoring: true, without which managed Prometheus does not collect the metrics"
        yield Violation(path=(*_SOURCE, key), message=message)


def zero_can_be_left(spec: ServiceSpec, scaling: Autoscaled) -> Iterator[Violation]:
    """No pod counts nothing: something else must tell of demand, or the service stays at zero for ever."""
    del spec
    kind = scaling.source.kind if scaling.source is not None else None
    if scaling.wake is not None and (kind != "keda" or scaling.min > 0):
        needed = "scaling.source.kind keda" if kind != "keda" else f"min: 0, and min is {scaling.min}"
        yield Violation(path=("scaling", "wake"), message=f"needs {needed}")
    has_external = any(metric_kind(metric) == "external" for metric in scaling.metrics)
    if scaling.min > 0 or scaling.wake is not None or has_external:
        return
    instead = "give wake: {query: ...}" if kind == "keda" else "give an external metric, or source.kind keda with wake"
    message = (
        "is 0, and nothing could start the first pod: without a pod there is no CPU, and nobody who counts requests; "
        f"{instead}, or write at least 1"
    )
    yield Violation(path=("scaling", "min"), message=message)


def schedules_raise_the_floor(spec: ServiceSpec, scaling: Autoscaled) -> Iterator[Violation]:
    """Only KEDA knows the time; a floor that is not above the other one does nothing."""
    del spec
    if not scaling.schedules:
        return
    if scaling.source is None or scaling.source.kind != "keda":
        message = "needs scaling.source.kind keda: a HorizontalPodAutoscaler does not know the time"
        yield Violation(path=("scaling", "schedules"), message=message)
    for index, schedule in enumerate(scaling.schedules):
        path = ("scaling", "schedules", index)
        if schedule.start == schedule.end:
            yield Violation(path=(*path, "end"), message="is when it starts: KEDA refuses a schedule of no length")
        if schedule.min <= scaling.min:
            message = f"is {schedule.min}, no more than scaling.min, which is {scaling.min}: it would do nothing"
            yield Violation(path=(*path, "min"), message=message)
        if schedule.min > scaling.max:
            message = f"is {schedule.min}, more than max, which is {scaling.max}"
            yield Violation(path=(*path, "min"), message=message)


def paces_are_possible(scaling: Autoscaled) -> Iterator[Violation]:
    """As the API server checks them, and no field without effect."""
    behavior = scaling.behavior
    for key, pace in (("scaleUp", behavior.scale_up), ("scaleDown", behavior.scale_down)):
        if pace is not None:
            yield from _pace(pace, path=("scaling", "behavior", key))


def _pace(pace: PaceSpec, *, path: tuple[str | int, ...]) -> Iterator[Violation]:
    for index, policy in enumerate(pace.policies):
        given = [value for value in (policy.pods, policy.percent) if value is not None]
        if len(given) != 1:
            what = "needs pods or percent" if not given else "takes pods or percent, not both: make two entries"
            yield Violation(path=(*path, "policies", index), message=what)
    if pace.select == "disabled" and (pace.policies or pace.tolerance_percent is not None):
        message = "is disabled: policies and tolerancePercent of this direction have no effect"
        yield Violation(path=(*path, "select"), message=message)
