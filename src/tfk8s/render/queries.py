"""What autoscalers ask Prometheus, in one place: PromQL over the metrics that the model server counts.

Only predictions are counted, not the probes that the server counts with them; `tfk8s.serving.metrics` says how they are
told apart. Failed predictions count, because they are load too; what ends with NOT_FOUND does not, because that is how
probes and questions about a version fail that is not there, and it costs nothing.

Names of metrics begin with a colon, so each stands as `__name__` among the labels. Series are found by the pods' names,
because `namespace` and `pod` are the labels that Prometheus' operator, its chart and Google's managed one all set.

No answer is no zero. A query gives a number while Prometheus collects from the pods; 0 only where a collected pod has
never been asked, or, where there may be no pod, nothing tells of demand. Otherwise it gives nothing, and an autoscaler
that reads nothing leaves the number of pods as it is: pods do not go because Prometheus cannot reach them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tfk8s.names.metrics import LATENCY_UNITS, OK_STATUS, REQUEST_COUNT, REQUEST_LATENCY

NOT_ASKED = "NOT_FOUND"
_LONGEST_PREFIX = 58
"""Of a pod's name before its random ending: https://github.com/kubernetes/apiserver/blob/master/pkg/storage/names/generate.go."""


class Scope(NamedTuple):
    """Of which pods a query speaks, and over how long; each a text that stands in the query as it is.

    Attributes:
        namespace: of the pods.
        pods: regular expression of their names.
        models: regular expression of the models that they serve; others are asked for by mistake, or worse.
        window: over which a rate is taken, as `60s`.
        demand: conditions that give something while there is demand although there may be no pod; () where there
            always is one.
    """

    namespace: str
    pods: str
    models: str
    window: str
    demand: tuple[str, ...] = ()


def pods_pattern(deployment: str) -> str:
    """The names of a Deployment's pods: its own, a hash and five letters; cut before these where it is long."""
    if len(deployment) >= _LONGEST_PREFIX:
        return f"{_escaped(deployment[:_LONGEST_PREFIX])}[a-z0-9]{{5}}"
    return f"{_escaped(deployment)}-[a-z0-9]+(-[a-z0-9]{{5}})?"


def models_pattern(names: Sequence[str]) -> str:
    """Exactly these models."""
    return "|".join(map(_escaped, names))


def _escaped(name: str) -> str:
    """A dot is the only character of a name that an expression would read otherwise."""
    return name.replace(".", "[.]")


def requests_per_second(scope: Scope) -> str:
    """Predictions a second of all pods together, answered and failed ones."""
    counts, failed = answered(scope, "count"), _failed(scope)
    rates = f"sum(\n  rate({counts}[{scope.window}])\n  or\n  rate({failed}[{scope.window}])\n)"
    return _or_zero(rates, scope=scope, counted=f"{counts} or {failed}")


def in_flight(scope: Scope) -> str:
    """Predictions that all pods together work on at a time: the seconds of work that are done in a second."""
    rates = f"sum(rate({answered(scope, 'sum')}[{scope.window}])) / {LATENCY_UNITS}"
    return _or_zero(rates, scope=scope, counted=answered(scope, "count"))


def latency_milliseconds(scope: Scope, *, percentile: int | str) -> str:
    """The time that so many of a hundred answers stay below, over all pods; 0 when nobody asks."""
    buckets = f"sum by (le) (rate({answered(scope, 'bucket')}[{scope.window}]))"
    quantile = f"histogram_quantile({percentile} / 100, {buckets})"
    # Nobody asked: the quantile is NaN, which is no more than 0 either; the rate of nothing is 0.
    asked = f"({quantile} >= 0) / {LATENCY_UNITS // 1000}"
    idle = f"0 * sum(rate({answered(scope, 'count')}[{scope.window}]))"
    return _or_zero(f"{asked}\nor\n{idle}", scope=scope, counted=answered(scope, "count"))


def answered(scope: Scope, part: str, *, label: str = 'API!=""') -> str:
    """A part of the histogram: that of predictions alone, because GETs have no API."""
    return series(scope, name=f"{REQUEST_LATENCY}_{part}", label=label)


def _failed(scope: Scope) -> str:
    return series(scope, name=REQUEST_COUNT, label=f'status!~"{OK_STATUS}|{NOT_ASKED}"')


def series(scope: Scope, *, name: str, label: str) -> str:
    """The series of the service's models that one more condition chooses."""
    named = f'__name__="{name}",namespace="{scope.namespace}",pod=~"{scope.pods}"'
    return f'{{{named},model_name=~"{scope.models}",{label}}}'


def collected(scope: Scope) -> str:
    """One sample for each pod that Prometheus reaches."""
    return f'up{{namespace="{scope.namespace}",pod=~"{scope.pods}"}} == 1'


def _or_zero(query: str, *, scope: Scope, counted: str) -> str:
    """0 in place of nothing, where nothing is known to mean that."""
    lines = [query, f"or\n(0 * count({collected(scope)}) unless sum({counted}))"]
    if scope.demand:
        lines.append(f"or\n(vector(0) unless on() ({' or '.join(scope.demand)}))")
    return "\n".join(lines)
