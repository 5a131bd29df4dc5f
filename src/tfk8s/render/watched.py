"""What is asked about a service that somebody watches: rates, errors, times, pods, versions.

The selectors are those of `tfk8s.render.queries`. Errors are told apart by whose they are: a request that fits no
signature, or asks for a version that there is not, is wrong itself, and no objective can hold against it. It is left
out of the errors, and out of the whole of which they are a part.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from tfk8s.names.metrics import LATENCY_UNITS, OK_STATUS, REQUEST_COUNT
from tfk8s.names.monitoring import BUCKET_GROWTH, BUCKET_LEAST_US, BUCKETS, CALLERS_STATUSES
from tfk8s.render.queries import Scope, answered, models_pattern, pods_pattern, series
from tfk8s.spec import ServiceSpec, object_names

_MICROSECONDS = LATENCY_UNITS // 1000


class Bucket(NamedTuple):
    """A bound of the server's histogram.

    Attributes:
        milliseconds: up to which it counts.
        pattern: an expression for its label `le`, as the server writes it and as Prometheus 3 keeps it.
    """

    milliseconds: float
    pattern: str


def scope_of_spec(spec: ServiceSpec, *, window: str = "5m") -> Scope:
    """Whom the queries are about, whether or not an autoscaler asks too."""
    return Scope(
        namespace=spec.namespace,
        pods=pods_pattern(object_names(spec).deployment),
        models=models_pattern([model.name for model in spec.served_models]),
        window=window,
    )


def bucket_of(milliseconds: int) -> Bucket:
    """The first bound that is no less: what is counted above it took longer than that for certain."""
    bounds = [BUCKET_LEAST_US * BUCKET_GROWTH**step for step in range(BUCKETS)]
    bound = next((bound for bound in bounds if bound >= milliseconds * _MICROSECONDS), bounds[-1])
    text = f"{bound:g}"  # six digits, as the server writes it
    escaped = text.replace(".", "[.]").replace("+", "[+]")
    whole = "" if "." in text or "e" in text else "([.]0)?"
    return Bucket(milliseconds=bound / _MICROSECONDS, pattern=escaped + whole)


def answered_rate(scope: Scope) -> str:
    """Predictions a second that were answered."""
    return f"sum(rate({answered(scope, 'count')}[{scope.window}]))"


def failed_rate(scope: Scope) -> str:
    """Predictions a second that failed though nothing was wrong with them."""
    return f"sum(rate({failed(scope)}[{scope.window}]))"


def failed(scope: Scope) -> str:
    """The series of errors that are the service's own."""
    others = "|".join((OK_STATUS, *CALLERS_STATUSES))
    return series(scope, name=REQUEST_COUNT, label=f'status!~"{others}"')


def refused(scope: Scope) -> str:
    """The series of requests that were wrong themselves."""
    return series(scope, name=REQUEST_COUNT, label=f'status=~"{"|".join(CALLERS_STATUSES)}"')


def error_ratio(scope: Scope) -> str:
    """The part that failed, of all that could be answered; nothing while nobody asks."""
    counts = f"rate({answered(scope, 'count')}[{scope.window}])\n  or\n  rate({failed(scope)}[{scope.window}])"
    return f"(\n  {failed_rate(scope)}\n  or\n  0 * {answered_rate(scope)}\n)\n/\n(sum(\n  {counts}\n) > 0)"


def slow_ratio(scope: Scope, bucket: Bucket) -> str:
    """The part that took longer, of all that were answered; nothing while nobody asks."""
    quick = answered(scope, "bucket", label=f'API!="",le=~"{bucket.pattern}"')
    return f"1 - sum(rate({quick}[{scope.window}])) / ({answered_rate(scope)} > 0)"


def is_far(bucket: Bucket, milliseconds: int) -> bool:
    """Whether the server's step lies so far above the objective that a reader must be told."""
    return not math.isclose(bucket.milliseconds, milliseconds, rel_tol=0.1)
