"""What tells Google's managed Prometheus to collect the metrics of the pods.

https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed#gmp-pod-monitoring.
"""

from __future__ import annotations

from tfk8s.manifest.yaml import Path
from tfk8s.render.access import pod_selector
from tfk8s.render.config_files import METRICS_PATH
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts

_INTERVAL = "30s"


def pod_monitoring(facts: Facts) -> Draft:
    """Draft the PodMonitoring."""
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name),
        "selector": pod_selector(facts),
        "path": METRICS_PATH,
        "interval": _INTERVAL,
    }
    reasons: dict[Path, str] = {
        ("spec", "endpoints"): "the server's own metrics, on the port that answers REST; each sample is paid for"
    }
    return Draft(template="pod_monitoring", values=values, reasons=reasons)
