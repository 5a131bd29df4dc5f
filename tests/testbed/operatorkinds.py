"""The kinds of Prometheus' operator that tfk8s renders, as definitions that a real API server takes.

The module that has the operator's own definitions is served by no proxy, so these hold the fields that are rendered and
nothing else: whatever is misspelt is refused. After its reference:
https://github.com/prometheus-operator/prometheus-operator/blob/main/Documentation/api-reference/api.md.
"""

from __future__ import annotations

from typing import Final

from tests.testbed.gkekinds import Kind, definition

_GROUP: Final = "monitoring.coreos.com"
_DURATION: Final = r"^(0|(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$"
_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "object", "additionalProperties": _TEXT}


def definitions() -> list[dict[str, object]]:
    """Return a CustomResourceDefinition for each kind."""
    return [
        definition(_kind("PodMonitor", "podmonitors"), _monitor("podMetricsEndpoints", {"port": _TEXT})),
        definition(
            _kind("ServiceMonitor", "servicemonitors"),
            _monitor("endpoints", {"port": _TEXT, "targetPort": {"x-kubernetes-int-or-string": True}}),
        ),
        definition(_kind("PrometheusRule", "prometheusrules"), _with_spec({"groups": _groups()})),
    ]


def _groups() -> dict[str, object]:
    time = {"type": "string", "pattern": _DURATION}
    rule = {
        "type": "object",
        "required": ["expr"],
        "properties": {
            "record": _TEXT,
            "alert": _TEXT,
            "expr": {"x-kubernetes-int-or-string": True},
            "for": time,
            "labels": _TEXTS,
            "annotations": _TEXTS,
        },
    }
    group = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "interval": time,
            "rules": {"type": "array", "items": rule},
        },
    }
    return {"type": "array", "items": group}


def _kind(name: str, plural: str) -> Kind:
    return Kind(group=_GROUP, version="v1", name=name, plural=plural)


def _monitor(endpoints: str, port: dict[str, object]) -> dict[str, object]:
    properties = {**port, "path": _TEXT, "interval": {"type": "string", "pattern": _DURATION}}
    selector = {"type": "object", "properties": {"matchLabels": _TEXTS}}
    items = {"type": "array", "items": {"type": "object", "properties": properties}}
    return _with_spec({"selector": selector, endpoints: items}, required=["selector"])


def _with_spec(properties: dict[str, object], *, required: list[str] | None = None) -> dict[str, object]:
    spec: dict[str, object] = {"type": "object", "properties": properties}
    if required:
        spec["required"] = required
    return {"type": "object", "required": ["spec"], "properties": {"spec": spec}}
