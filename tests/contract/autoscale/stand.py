"""Answers from scripts what a HorizontalPodAutoscaler's controller reads at each sync.

Scale subresources and the three metrics APIs are scripted, so that each sync reads exactly one step; all else is the
API server's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from tests.contract.autoscale.front import Front, Handler, now
from tests.contract.autoscale.scripted import Script
from tests.testbed.fixtures import Cluster
from tfk8s.autoscale.decide import Fault

_CUSTOM: Final = "custom.metrics.k8s.io"
_CUSTOM_VERSION: Final = {"groupVersion": f"{_CUSTOM}/v1beta2", "version": "v1beta2"}
_CUSTOM_GROUP: Final = {"name": _CUSTOM, "versions": [_CUSTOM_VERSION], "preferredVersion": _CUSTOM_VERSION}
_SIDECAR: Final = {"name": "side", "usage": {"cpu": "900m", "memory": "1Mi"}}


class _Handler(Handler):
    server: Stand

    def answer(self, words: list[str], body: bytes) -> bool:
        if words[-1] == "scale":
            self._scale(words, body)
        elif words[:2] == ["apis", "external.metrics.k8s.io"]:
            self._external(words[-1])
        elif words[:2] == ["apis", "metrics.k8s.io"]:
            self._pods(parse_qs(urlsplit(self.path).query)["labelSelector"][0].partition("=")[2])
        elif words[:2] == ["apis", _CUSTOM]:
            self._custom(words)
        elif words == ["apis"]:
            groups = self.ask("/apis")
            self.send({**groups, "groups": [*groups["groups"], _CUSTOM_GROUP]})
        else:
            if _is_status(words):
                self.server.scripts[words[-2]].write_status(json.loads(body)["status"])
            return False
        return True

    def refused(self, words: list[str]) -> None:
        if _is_status(words):
            self.server.scripts[words[-2]].refuse_status()

    def _scale(self, words: list[str], body: bytes) -> None:
        name, script = words[-2], self.server.scripts[words[-2]]
        if self.command == "PUT":
            script.write(json.loads(body)["spec"].get("replicas", 0))
        else:
            script.begin()
            if script.fault is Fault.NO_SCALE:
                self.absent()
                return
        self.send(
            {
                "kind": "Scale",
                "apiVersion": "autoscaling/v1",
                "metadata": {"name": name, "namespace": words[-4], "resourceVersion": "1"},
                "spec": {"replicas": script.replicas},
                "status": {"replicas": script.replicas, "selector": script.selector},
            }
        )

    def _external(self, metric: str) -> None:
        name = metric.partition(".")[0]
        value = self.server.scripts[name].read(metric)
        if value is None:
            self.absent()
            return
        item = {"metricName": metric, "metricLabels": {}, "timestamp": now(), "value": f"{value}m"}
        self.send(
            {
                "kind": "ExternalMetricValueList",
                "apiVersion": "external.metrics.k8s.io/v1beta1",
                "metadata": {},
                "items": [item],
            }
        )

    def _pods(self, name: str) -> None:
        script = self.server.scripts[name]
        read = {resource: script.read(resource) for resource in ("cpu", "memory")}
        found = {resource: values for resource, values in read.items() if isinstance(values, Mapping)}
        if not found:
            self.absent()
            return
        items = [
            {
                "metadata": {"name": pod},
                "timestamp": now(),
                "window": "10s",
                "containers": [
                    {"name": "c", "usage": {resource: f"{values[pod]}m" for resource, values in found.items()}},
                    *([_SIDECAR] if script.has_sidecar else []),
                ],
            }
            for pod in next(iter(found.values()))
        ]
        self.send({"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items})

    def _custom(self, words: list[str]) -> None:
        """Answer for metrics of pods and of objects, and say which versions of this API there are."""
        version = f"{_CUSTOM}/v1beta2"
        if len(words) <= 3:
            kind = "APIGroup" if len(words) == 2 else "APIResourceList"
            body = _CUSTOM_GROUP if len(words) == 2 else {"groupVersion": version, "resources": []}
            self.send({"kind": kind, "apiVersion": "v1", **body})
            return
        namespace, plural, _, metric = words[-4:]
        value = self.server.scripts[metric.partition(".")[0]].read(metric)
        if value is None:
            self.absent()
            return
        named = value if isinstance(value, Mapping) else {words[-2]: value}
        items = [
            {
                "describedObject": {
                    "kind": "Pod" if plural == "pods" else "Service",
                    "namespace": namespace,
                    "name": each,
                },
                "metric": {"name": metric},
                "timestamp": now(),
                "value": f"{milli}m",
            }
            for each, milli in named.items()
        ]
        self.send({"kind": "MetricValueList", "apiVersion": version, "metadata": {}, "items": items})


def _is_status(words: list[str]) -> bool:
    """Tell whether a path is that of an autoscaler's status."""
    return words[-1] == "status" and words[-3] == "horizontalpodautoscalers"


class Stand(Front):
    """The server; `scripts` by name of the autoscaler, which is its Deployment's name too."""

    handler = _Handler

    def __init__(self, behind: Cluster, *, scripts: Mapping[str, Script]) -> None:
        super().__init__(behind)
        self.scripts = scripts
