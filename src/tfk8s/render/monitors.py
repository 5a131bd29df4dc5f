"""What tells a Prometheus to collect the metrics of the pods: objects of its operator, or annotations of the pods.

https://github.com/prometheus-operator/prometheus-operator/blob/main/Documentation/api-reference/api.md; the annotations
are those of Prometheus' own example and of its chart: https://github.com/prometheus-community/helm-charts.
"""

from __future__ import annotations

from tfk8s.manifest.ownership import service_selector
from tfk8s.manifest.yaml import Path
from tfk8s.render.access import pod_selector
from tfk8s.render.config_files import METRICS_PATH
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts, in_key_order
from tfk8s.render.pod_monitoring import interval_reasons, interval_s
from tfk8s.spec import ServiceSpec
from tfk8s.spec.existing import server_port, service_port_name

SCRAPE_ANNOTATION = "prometheus.io/scrape"
PATH_ANNOTATION = "prometheus.io/path"
PORT_ANNOTATION = "prometheus.io/port"


def scrape_annotations(spec: ServiceSpec) -> dict[str, str]:
    """What a Prometheus that goes by annotations looks for on the pods; none where something else tells it."""
    if spec.scrape != "annotations":
        return {}
    port = str(server_port(spec, "rest"))
    return {SCRAPE_ANNOTATION: "true", PATH_ANNOTATION: METRICS_PATH, PORT_ANNOTATION: port}


def pod_monitor(facts: Facts) -> Draft:
    """Draft the PodMonitor."""
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name),
        "selector": pod_selector(facts),
        "path": METRICS_PATH,
        "interval": f"{interval_s(facts)}s",
    }
    return Draft(template="pod_monitor", values=values, reasons=_reasons(facts, "podMetricsEndpoints"))


def service_monitor(facts: Facts) -> Draft:
    """Draft the ServiceMonitor; a port of the Service that has no name is known by that of the pod."""
    port = service_port_name(facts.spec, "rest")
    selector = in_key_order({**service_selector(facts.spec.name)})
    endpoint = {"port": port} if port else {"targetPort": "rest"}
    endpoint |= {"path": METRICS_PATH, "interval": f"{interval_s(facts)}s"}
    metadata = facts.metadata(facts.spec.name)
    values: dict[str, object] = {"metadata": metadata, "selector": selector, "endpoints": [endpoint]}
    return Draft(template="service_monitor", values=values, reasons=_reasons(facts, "endpoints"))


def _reasons(facts: Facts, key: str) -> dict[Path, str]:
    told: dict[Path, str] = {("spec", key): "the server's own metrics, on the port that answers REST"}
    return told | interval_reasons(facts, ("spec", key, 0, "interval"))
