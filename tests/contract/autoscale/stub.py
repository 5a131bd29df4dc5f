"""A metrics API before a real control plane: it has numbers for the pods that it is told of, and all else is real."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from tests.contract.autoscale.front import Front, Handler, now
from tests.testbed.fixtures import Cluster

_GROUP: Final = ["apis", "metrics.k8s.io", "v1beta1"]
_KIND: Final = {"name": "pods", "kind": "PodMetrics", "namespaced": True, "singularName": "", "verbs": ["get", "list"]}


class _Handler(Handler):
    server: MetricsStub

    def answer(self, words: list[str], body: bytes) -> bool:
        del body
        if words[:3] != _GROUP or not self.server.is_up:
            return False
        if words == _GROUP:
            self.send({"kind": "APIResourceList", "groupVersion": "metrics.k8s.io/v1beta1", "resources": [_KIND]})
            return True
        selector = parse_qs(urlsplit(self.path).query).get("labelSelector", [""])[0]
        pods = self.ask(f"/api/v1/namespaces/{words[4]}/pods?labelSelector={quote(selector)}")["items"]
        items = [
            {
                "metadata": {"name": name, "namespace": words[4], "labels": pod["metadata"]["labels"]},
                "timestamp": now(),
                "window": "10s",
                "containers": [
                    {"name": each["name"], "usage": {"cpu": f"{self.server.cpu_milli[name]}m", "memory": "64Mi"}}
                    for each in pod["spec"]["containers"]
                ],
            }
            for pod in pods
            if (name := pod["metadata"]["name"]) in self.server.cpu_milli
        ]
        self.send({"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items})
        return True


class MetricsStub(Front):
    """The stub.

    Attributes:
        is_up: Whether it answers for metrics; else the control plane does.
        cpu_milli: What each container of a pod uses, by the pod's name.
    """

    handler = _Handler

    def __init__(self, behind: Cluster) -> None:
        super().__init__(behind)
        self.is_up = False
        self.cpu_milli: dict[str, int] = {}
