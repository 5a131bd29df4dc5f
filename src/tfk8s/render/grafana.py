"""A dashboard of a service for Grafana, as the JSON that its import, its provisioning and its sidecar read.

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.render.panels import Panel, Unit, panels
from tfk8s.spec import ServiceSpec

_UNITS: Final[Mapping[Unit, str]] = {
    "per-second": "reqps",
    "ratio": "percentunit",
    "milliseconds": "ms",
    "seconds": "s",
    "count": "short",
    "bytes": "bytes",
    "cores": "short",
}
_SCHEMA: Final = 39
"""Grafana 10 and newer; newer ones migrate it themselves."""
_COLUMNS, _WIDTH, _HEIGHT = 2, 12, 8
_SOURCE: Final[JsonObject] = {"type": "prometheus", "uid": "${datasource}"}
SIDECAR_LABEL: Final = "grafana_dashboard"
"""What the sidecar of Grafana's chart looks for on ConfigMaps."""


def grafana_dashboard(spec: ServiceSpec) -> JsonObject:
    """The dashboard; whoever opens it chooses the Prometheus."""
    shown: list[JsonValue] = [_panel(panel, index) for index, panel in enumerate(panels(spec))]
    variable: JsonObject = {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "refresh": 1,
        "hide": 0,
    }
    return {
        "uid": dashboard_uid(spec),
        "title": f"{spec.name} in {spec.namespace}",
        "description": "TensorFlow Serving: traffic, errors, latency, pods and versions of one service.",
        "tags": ["tensorflow-serving", "tfk8s"],
        "schemaVersion": _SCHEMA,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [variable]},
        "panels": shown,
    }


def dashboard_uid(spec: ServiceSpec) -> str:
    """The same for each rendering, so that a newer one replaces it; at most 40 characters are allowed."""
    return f"tfk8s-{sha256(f'{spec.namespace}/{spec.name}'.encode()).hexdigest()[:16]}"


def dashboard_text(dashboard: JsonObject) -> str:
    """Its file, one field a line, so that changes can be read."""
    return json.dumps(dashboard, indent=2, ensure_ascii=False)


def _panel(panel: Panel, index: int) -> JsonObject:
    targets: list[JsonValue] = [
        {
            "refId": chr(ord("A") + number),
            "datasource": _SOURCE,
            "editorMode": "code",
            "expr": query.promql,
            "legendFormat": query.name,
            "range": True,
        }
        for number, query in enumerate(panel.queries)
    ]
    row, column = divmod(index, _COLUMNS)
    return {
        "id": index + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.told,
        "datasource": _SOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": _UNITS[panel.unit], "min": 0}, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": targets,
    }


def grafana_config_map(spec: ServiceSpec) -> JsonObject:
    """The dashboard in a ConfigMap for the sidecar of Grafana's chart; without our labels, so that it is kept."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"{spec.name}-dashboard",
            "namespace": spec.namespace,
            "labels": {SIDECAR_LABEL: "1"},
        },
        "data": {f"{spec.namespace}-{spec.name}.json": dashboard_text(grafana_dashboard(spec))},
    }
