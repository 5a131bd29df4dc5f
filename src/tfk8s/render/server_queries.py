"""The query of each metric of the server, for the pods and models of a service."""

from __future__ import annotations

from tfk8s.render import queries
from tfk8s.render.autoscaler import scaling_of, source_of
from tfk8s.render.facts import Facts
from tfk8s.render.queries import Scope
from tfk8s.spec import Autoscaled, ExternalMetric, InFlightMetric, LatencyMetric, RequestsMetric

SERVER_METRICS = (RequestsMetric, InFlightMetric, LatencyMetric)


def scope_of(facts: Facts) -> Scope:
    """Whom the queries of a service are about."""
    scaling = scaling_of(facts)
    return Scope(
        namespace=facts.spec.namespace,
        pods=queries.pods_pattern(facts.names.deployment),
        models=queries.models_pattern([model.name for model in facts.models]),
        window=f"{source_of(facts).window_seconds}s",
        demand=demand(scaling) if scaling.min == 0 else (),
    )


def demand(scaling: Autoscaled) -> tuple[str, ...]:
    """What tells of demand without any pod, as conditions of PromQL."""
    outside = [metric.external.query for metric in scaling.metrics if isinstance(metric, ExternalMetric)]
    found = [f"({query}) > 0" for query in outside if query is not None]
    if scaling.wake is not None:
        found.insert(0, f"({scaling.wake.query}) > {scaling.wake.above}")
    return tuple(found)


def server_query(metric: RequestsMetric | InFlightMetric | LatencyMetric, scope: Scope) -> str:
    """The query of one metric."""
    match metric:
        case RequestsMetric():
            return queries.requests_per_second(scope)
        case InFlightMetric():
            return queries.in_flight(scope)
        case LatencyMetric():
            return queries.latency_milliseconds(scope, percentile=metric.percentile)
