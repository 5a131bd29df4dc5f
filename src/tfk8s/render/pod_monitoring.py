"""What tells Google's managed Prometheus to collect the metrics of the pods.

https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed#gmp-pod-monitoring.
"""

from __future__ import annotations

from tfk8s.manifest.yaml import Path
from tfk8s.render.access import pod_selector
from tfk8s.render.config_files import METRICS_PATH
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.spec import Autoscaled

INTERVAL_S = 30
LEAST_INTERVAL_S = 5
SAMPLES = 4
"""In the window of a rate that an autoscaler follows; two are the least, and one may be late."""


def pod_monitoring(facts: Facts) -> Draft:
    """Draft the PodMonitoring."""
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name),
        "selector": pod_selector(facts),
        "path": METRICS_PATH,
        "interval": f"{interval_s(facts)}s",
    }
    reasons: dict[Path, str] = {
        ("spec", "endpoints"): "the server's own metrics, on the port that answers REST; each sample is paid for"
    }
    reasons |= interval_reasons(facts, ("spec", "endpoints", 0, "interval"))
    return Draft(template="pod_monitoring", values=values, reasons=reasons)


def interval_reasons(facts: Facts, path: Path) -> dict[Path, str]:
    """Why the metrics are collected that often, where it is more often than usual."""
    if interval_s(facts) < INTERVAL_S:
        return {path: "short enough for the rates that the autoscaler follows"}
    return {}


def interval_s(facts: Facts) -> int:
    """Seconds between two collections."""
    scaling = facts.spec.scaling
    if not isinstance(scaling, Autoscaled) or scaling.source is None:
        return INTERVAL_S
    return max(LEAST_INTERVAL_S, min(INTERVAL_S, scaling.source.window_seconds // SAMPLES))
