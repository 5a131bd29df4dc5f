"""Rules of prometheus-adapter: the same for every service, which says of itself what a query needs in its selector.

https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/externalmetrics.md; docs/config.md beside it has
the fields of the template.
"""

from __future__ import annotations

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import dump
from tfk8s.names.autoscaling import RECORDED
from tfk8s.names.metrics import REQUEST_COUNT
from tfk8s.render import queries
from tfk8s.render.autoscaler import source_of
from tfk8s.render.facts import Facts
from tfk8s.render.queries import Scope
from tfk8s.spec import InFlightMetric, LatencyMetric, RequestsMetric

_SCOPE = Scope(
    namespace='<<index .LabelValuesByName "namespace">>',
    pods='<<index .LabelValuesByName "service">>-[a-z0-9]+(-[a-z0-9]{5})?',
    models='<<index .LabelValuesByName "model">>',
    window='<<index .LabelValuesByName "window">>',
)
_PERCENTILE = '<<index .LabelValuesByName "percentile">>'


def asked_selector(metric: RequestsMetric | InFlightMetric | LatencyMetric, facts: Facts) -> JsonObject:
    """What the rules put into their queries for one service."""
    labels: dict[str, JsonValue] = {
        "namespace": facts.spec.namespace,
        "service": facts.names.deployment,
        "window": f"{source_of(facts).window_seconds}s",
    }
    if isinstance(metric, LatencyMetric):
        labels["percentile"] = str(metric.percentile)
    models: list[JsonValue] = [model.name for model in facts.models]
    return {
        "matchLabels": dict(sorted(labels.items())),
        "matchExpressions": [{"key": "model", "operator": "In", "values": models}],
    }


def adapter_rules() -> JsonObject:
    """`externalRules` of the adapter's configuration."""
    asked = {
        "requestsPerSecond": queries.requests_per_second(_SCOPE),
        "inFlight": queries.in_flight(_SCOPE),
        "latencyMilliseconds": queries.latency_milliseconds(_SCOPE, percentile=_PERCENTILE),
    }
    return {"externalRules": [_rule(RECORDED[kind], query) for kind, query in asked.items()]}


def adapter_rules_text() -> str:
    """The same as YAML, to be put into the adapter's configuration."""
    return dump(adapter_rules())


def _rule(name: str, query: str) -> JsonObject:
    return {
        "seriesQuery": f'{{__name__="{REQUEST_COUNT}"}}',
        # The selector names the namespace itself; the adapter would add a label by its own settings.
        "resources": {"namespaced": False},
        "name": {"matches": "^.*$", "as": name},
        "metricsQuery": query,
    }
