"""The service under load, as far as its figures need it: its pods, what they request, and what could change them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tfk8s.app.bench_watch import PodsWatch
from tfk8s.app.planning import if_allowed
from tfk8s.app.service import ServiceName
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import integer_at, objects_at, text_at
from tfk8s.manifest.scalers import PAUSED_REPLICAS
from tfk8s.ports import Endpoint
from tfk8s.ports.cluster import Cluster
from tfk8s.ports.metrics import MetricsReader
from tfk8s.spec.quantity import parse_quantity

_FORWARDED: Final = "port-forward to pod "


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchService:
    """A service of a cluster."""

    name: ServiceName
    cluster: Cluster
    metrics: MetricsReader

    @property
    def title(self) -> str:
        """As figures name it."""
        return f"{self.name.namespace}/{self.name.name}"

    def watch(self, endpoint: Endpoint, *, model: str) -> PodsWatch:
        """What looks at the pods that the endpoint leads to."""
        pod = endpoint.how.removeprefix(_FORWARDED) if is_forwarded(endpoint) else ""
        return PodsWatch(service=self.name.service, model=model, cluster=self.cluster, metrics=self.metrics, pod=pod)

    def cpu_request_cores(self, pod: str) -> float | None:
        """What the containers of a pod request together; `None`: not all of them do."""
        ref = ObjectRef(api_version="v1", kind="Pod", namespace=self.name.namespace, name=pod)
        containers = objects_at(self.cluster.get(ref), "spec", "containers")
        texts = [text_at(each, "resources", "requests", "cpu") for each in containers]
        if not texts or not all(texts):
            return None
        return float(sum(parse_quantity(text).value for text in texts))

    def autoscaler_note(self) -> str | None:
        """What a person must know who measures while the number of pods can change; `None` when it cannot."""
        keda = self._get("keda.sh/v1alpha1", "ScaledObject")
        if keda is not None and not text_at(keda, "metadata", "annotations", PAUSED_REPLICAS):
            least, most = (
                integer_at(keda, "spec", "minReplicaCount"),
                integer_at(keda, "spec", "maxReplicaCount", default=100),
            )
            return _note("KEDA", least, most) if least != most else None
        hpa = self._get("autoscaling/v2", "HorizontalPodAutoscaler")
        if keda is None and hpa is not None:
            least, most = integer_at(hpa, "spec", "minReplicas", default=1), integer_at(hpa, "spec", "maxReplicas")
            return _note("an HPA", least, most) if least != most else None
        return None

    def _get(self, api_version: str, kind: str) -> JsonObject | None:
        called = self.name.objects.autoscaler if self.name.objects is not None else self.name.name
        ref = ObjectRef(api_version=api_version, kind=kind, namespace=self.name.namespace, name=called)
        return if_allowed(lambda: self.cluster.get(ref), otherwise=None)


def is_forwarded(endpoint: Endpoint) -> bool:
    """Whether every request passes through the API server, to one pod."""
    return endpoint.how.startswith(_FORWARDED)


def _note(who: str, least: int, most: int) -> str:
    return (
        f"{who} may change the number of pods while it is measured ({least} to {most}): steps in which it does are set "
        "aside; apply the spec with `scaling: {replicas: 1}` for the time of the measurement"
    )
