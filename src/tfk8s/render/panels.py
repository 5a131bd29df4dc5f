"""What a dashboard of a service shows: the one source of every form of it.

Each query gives a number while Prometheus collects from the pods: nothing failed is 0, not an empty picture. Exceptions
are those of other sources, which a cluster may not have: CPU and memory come from the kubelet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from tfk8s.names.metrics import LATENCY_UNITS, OK_STATUS, REQUEST_COUNT
from tfk8s.names.monitoring import LOAD_ATTEMPTS, LOAD_LATENCY, LOAD_SUCCESS, QUEUING_LATENCY
from tfk8s.render.queries import Scope, collected, in_flight, latency_milliseconds, series
from tfk8s.render.service_rules import SERVER, plain, threshold
from tfk8s.render.watched import answered_rate, bucket_of, error_ratio, failed_rate, refused, scope_of_spec, slow_ratio
from tfk8s.spec import Autoscaled, ServiceSpec
from tfk8s.spec.burn import BURNS, WINDOWS

Unit: TypeAlias = Literal["per-second", "ratio", "milliseconds", "seconds", "count", "bytes", "cores"]
PERCENTILES = (50, 90, 99)


class Query(NamedTuple):
    """One line, or one for each value of a label that its name holds in double braces."""

    name: str
    promql: str


class Panel(NamedTuple):
    """One picture.

    Attributes:
        title: above it.
        told: what it shows, for somebody who has not seen it before.
        unit: of all its lines.
        queries: its lines.
        source: who has the numbers: the model server, or the kubelet, which a Prometheus may not collect from.
    """

    title: str
    told: str
    unit: Unit
    queries: tuple[Query, ...]
    source: Literal["server", "kubelet"] = "server"


def panels(spec: ServiceSpec) -> tuple[Panel, ...]:
    """All pictures, in their order."""
    return (*_traffic(spec), *_objective(spec), *_pods(spec), *_versions(spec), *_machines(spec))


def _or_zero(query: str, scope: Scope) -> str:
    return f"{query}\nor\n0 * count({collected(scope)})"


def _traffic(spec: ServiceSpec) -> Iterator[Panel]:
    scope = scope_of_spec(spec)
    wrong = f"sum(rate({refused(scope)}[{scope.window}]))"
    yield Panel(
        title="Predictions per second",
        told="Answered, failed, and refused because the request was wrong. Probes of status are not counted.",
        unit="per-second",
        queries=(
            Query("answered", _or_zero(answered_rate(scope), scope)),
            Query("failed", _or_zero(failed_rate(scope), scope)),
            Query("wrong requests, and probes of what is not there", _or_zero(wrong, scope)),
        ),
    )
    yield Panel(
        title="Errors",
        told="The part of predictions that failed though nothing was wrong with them.",
        unit="ratio",
        queries=(Query("failed", _or_zero(error_ratio(scope), scope)),),
    )
    by_status = series(scope, name=REQUEST_COUNT, label=f'status!="{OK_STATUS}"')
    rates = f"sum by (status) (rate({by_status}[{scope.window}]))"
    none = f'label_replace(0 * count({collected(scope)}), "status", "none", "", "")'
    yield Panel(
        title="Errors by status",
        told="What the server answered in place of a prediction; none while there is no such answer.",
        unit="per-second",
        queries=(Query("{{status}}", f"{rates}\nor\n({none} unless on () {rates})"),),
    )
    times = ((percentile, latency_milliseconds(scope, percentile=percentile)) for percentile in PERCENTILES)
    yield Panel(
        title="Latency",
        told="Milliseconds inside of the server that 50, 90 and 99 of 100 predictions stay below.",
        unit="milliseconds",
        queries=tuple(Query(f"p{percentile}", query) for percentile, query in times),
    )
    yield Panel(
        title="In flight",
        told="Predictions that all pods together work on at a time.",
        unit="count",
        queries=(Query("in flight", in_flight(scope)),),
    )
    if spec.serving.batching is not None:
        waits = series(scope, name=f"{QUEUING_LATENCY}_bucket", label='le!=""')
        quantile = f"histogram_quantile(0.99, sum by (le) (rate({_without_model(waits, scope)}[{scope.window}])))"
        idle = f"0 * count({collected(scope)})"
        yield Panel(
            title="Waiting for a batch",
            told="Milliseconds that 99 of 100 requests wait until they are computed together.",
            unit="milliseconds",
            queries=(Query("p99", f"({quantile} >= 0) / {LATENCY_UNITS // 1000}\nor\n{idle}"),),
        )


def _without_model(selector: str, scope: Scope) -> str:
    """The queue is one of all models."""
    return selector.replace(f',model_name=~"{scope.models}"', "")


def _objective(spec: ServiceSpec) -> Iterator[Panel]:
    objective = spec.monitoring.objective
    if objective is None:
        return
    told = f"How many times faster errors come than {objective.window_days} days allow; alerts begin at "
    told += " and ".join(f"{plain(burn.factor(objective.window_days))} ({burn.long})" for burn in BURNS)
    shown = [window for window in WINDOWS if window in {BURNS[0].short, BURNS[0].long, BURNS[1].long}]
    lines = [
        Query(f"errors, {window}", _burn(spec, error_ratio, percent=objective.availability, window=window))
        for window in shown
    ]
    if objective.latency_milliseconds is not None:
        bucket = bucket_of(objective.latency_milliseconds)
        lines += [
            Query(
                f"over {bucket.milliseconds:.0f} ms, {window}",
                _burn(spec, lambda scope: slow_ratio(scope, bucket), percent=objective.percentile, window=window),
            )
            for window in shown
        ]
    yield Panel(title="Burn of the objective", told=told, unit="count", queries=tuple(lines))


def _burn(spec: ServiceSpec, ratio: Callable[[Scope], str], *, percent: float, window: str) -> str:
    scope = scope_of_spec(spec, window=window)
    return _or_zero(f"({ratio(scope)}) / {plain(threshold(percent, Decimal(1)))}", scope)


def _pods(spec: ServiceSpec) -> Iterator[Panel]:
    scope = scope_of_spec(spec)
    lost = collected(scope).replace("== 1", "== 0")
    lines = [
        Query("reached", f"count({collected(scope)})"),
        Query("not reached", _or_zero(f"count({lost})", scope)),
    ]
    if isinstance(spec.scaling, Autoscaled):
        lines += [Query("fewest", f"vector({spec.scaling.min})"), Query("most", f"vector({spec.scaling.max})")]
    yield Panel(
        title="Pods",
        told="How many pods Prometheus collects from, between the fewest and the most that the autoscaler may have.",
        unit="count",
        queries=tuple(lines),
    )


def _versions(spec: ServiceSpec) -> Iterator[Panel]:
    scope = scope_of_spec(spec)
    of_pods = f'namespace="{scope.namespace}",pod=~"{scope.pods}"'
    loads = f'{{__name__="{LOAD_ATTEMPTS}",{of_pods},status="{LOAD_SUCCESS}"}}'
    fails = f'{{__name__="{LOAD_ATTEMPTS}",{of_pods},status!="{LOAD_SUCCESS}"}}'
    yield Panel(
        title="Versions loaded",
        told="On how many pods each version has been loaded since they started; some may have been unloaded again.",
        unit="count",
        queries=(
            Query("{{model_path}}", f"count by (model_path) ({loads})"),
            Query("failed loads", _or_zero(f"sum({fails})", scope)),
        ),
    )
    took = f'{{__name__="{LOAD_LATENCY}",{of_pods}}}'
    mean = f"avg by (model_path) ({took} / on (pod, model_path) {loads}) / {LATENCY_UNITS}"
    yield Panel(
        title="Time to load",
        told="Seconds that a load of each version took, on average over the pods.",
        unit="seconds",
        queries=(Query("{{model_path}}", mean),),
    )


def _machines(spec: ServiceSpec) -> Iterator[Panel]:
    scope = scope_of_spec(spec)
    server = f'namespace="{scope.namespace}",pod=~"{scope.pods}",container="{SERVER}"'
    cpu = f"sum by (pod) (rate(container_cpu_usage_seconds_total{{{server}}}[{scope.window}]))"
    yield Panel(
        title="CPU",
        told="Cores that each server uses. From the kubelet.",
        unit="cores",
        queries=(Query("{{pod}}", cpu),),
        source="kubelet",
    )
    yield Panel(
        title="Memory",
        told="Bytes that each server holds. From the kubelet.",
        unit="bytes",
        queries=(Query("{{pod}}", f"sum by (pod) (container_memory_working_set_bytes{{{server}}})"),),
        source="kubelet",
    )
