"""A dashboard of a service for Google Cloud Monitoring, which asks managed Prometheus in PromQL.

https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.render.panels import Panel, Query, Unit, panels
from tfk8s.spec import ServiceSpec

_UNITS: Final[Mapping[Unit, str]] = {
    "per-second": "1/s",
    "ratio": "10^2.%",
    "milliseconds": "ms",
    "seconds": "s",
    "count": "1",
    "bytes": "By",
    "cores": "1",
}
"""After https://ucum.org, which that API wants."""
_COLUMNS, _WIDTH, _HEIGHT = 2, 24, 16
"""Of the 48 columns of a mosaic."""
_LABEL = re.compile(r"\{\{(\w+)\}\}")


def google_dashboard(spec: ServiceSpec) -> JsonObject:
    """The dashboard, as `gcloud monitoring dashboards create --config-from-file` takes it."""
    tiles: list[JsonValue] = [_tile(panel, index) for index, panel in enumerate(panels(spec))]
    return {
        "displayName": f"{spec.name} in {spec.namespace} (TensorFlow Serving)",
        "labels": {"tensorflow-serving": "", "tfk8s": ""},
        "mosaicLayout": {"columns": _COLUMNS * _WIDTH, "tiles": tiles},
    }


def _tile(panel: Panel, index: int) -> JsonObject:
    row, column = divmod(index, _COLUMNS)
    place: JsonObject = {"xPos": column * _WIDTH, "yPos": row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
    chart: JsonObject = {
        "dataSets": [_data_set(query, panel.unit) for query in panel.queries],
        "yAxis": {"label": "", "scale": "LINEAR"},
        "chartOptions": {"mode": "COLOR"},
    }
    return {**{key: value for key, value in place.items() if value}, "widget": {"title": panel.title, "xyChart": chart}}


def _data_set(query: Query, unit: Unit) -> JsonObject:
    return {
        "timeSeriesQuery": {"prometheusQuery": query.promql, "unitOverride": _UNITS[unit]},
        "plotType": "LINE",
        "targetAxis": "Y1",
        "legendTemplate": _LABEL.sub(r"${metric.labels.\1}", query.name),
    }
