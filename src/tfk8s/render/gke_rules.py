"""Rules of Google's managed Prometheus: the server's metrics as an autoscaler of GKE reads them.

Google's adapter reads one series as it is and computes nothing, and the server's own counts hold probes. So a rule
records the number, and the autoscaler reads that:
https://cloud.google.com/kubernetes-engine/docs/tutorials/autoscaling-metrics.

What is recorded is a gauge, with project, location, cluster and namespace of the Rules as labels: pkg/export/storage.go
and pkg/rules/rules.go of https://github.com/GoogleCloudPlatform/prometheus-engine.
"""

from __future__ import annotations

from typing import cast

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import Path
from tfk8s.names.autoscaling import RECORDED
from tfk8s.render.autoscaler import scaling_of, source_of
from tfk8s.render.draft import Draft
from tfk8s.render.external_metrics import metric_reason
from tfk8s.render.facts import Facts, in_key_order
from tfk8s.render.server_queries import SERVER_METRICS, scope_of, server_query
from tfk8s.spec import InFlightMetric, LatencyMetric, RequestsMetric

_SERVICE_LABEL = "service"


def has_rules(facts: Facts) -> bool:
    """Whether anything is to be recorded."""
    return bool(_recorded(facts))


def _recorded(facts: Facts) -> list[RequestsMetric | InFlightMetric | LatencyMetric]:
    return [metric for metric in scaling_of(facts).metrics if isinstance(metric, SERVER_METRICS)]


def rules(facts: Facts) -> Draft:
    """Draft the Rules."""
    scope = scope_of(facts)
    recorded: list[JsonValue] = [
        {
            "record": RECORDED[metric.kind],
            "expr": server_query(metric, scope),
            "labels": {_SERVICE_LABEL: facts.spec.name},
        }
        for metric in _recorded(facts)
    ]
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name),
        "group": facts.spec.name,
        "interval": f"{source_of(facts).interval_seconds}s",
        "rules": recorded,
    }
    reasons: dict[Path, str] = {
        ("spec", "groups", 0, "rules", index, "expr"): metric_reason(metric, facts).removesuffix("; for each pod")
        for index, metric in enumerate(_recorded(facts))
    }
    return Draft(template="gke_rules", values=values, reasons=reasons)


def recorded_selector(metric: RequestsMetric | InFlightMetric | LatencyMetric, facts: Facts) -> JsonObject:
    """Labels that only this service's series has, in the project that the adapter looks at."""
    del metric  # each is recorded under a name of its own
    labels: dict[str, str] = {
        f"metric.labels.{_SERVICE_LABEL}": facts.spec.name,
        "resource.labels.namespace": facts.spec.namespace,
    }
    cluster = facts.spec.gke_cluster
    if cluster is not None:
        labels |= {"resource.labels.cluster": cluster.name, "resource.labels.location": cluster.location}
    return in_key_order(cast("dict[str, JsonValue]", labels))
