"""What the server of one pod counted since its start."""

from __future__ import annotations

from tfk8s.app.reach import pod_port
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.ports import Endpoint
from tfk8s.ports.cluster import Cluster
from tfk8s.ports.metrics import MetricsReader
from tfk8s.render.config_files import METRICS_PATH
from tfk8s.rollout.traffic import Traffic


def read_counters(pod: JsonObject, *, model: str, cluster: Cluster, metrics: MetricsReader) -> Traffic:
    """Ask it through a port-forward.

    Raises:
        PredictionError: it does not answer, or not with metrics.
        PreconditionError: the pod is not running.
    """
    ref = Manifest.of({"apiVersion": "v1", "kind": "Pod", **pod}).ref
    with cluster.forward(ref, port=pod_port({}, pod, transport="rest")) as local:
        how = f"port-forward to pod {ref.name}"
        endpoint = Endpoint(transport="rest", host="127.0.0.1", port=local, how=how)
        return metrics.read(endpoint, path=METRICS_PATH, model=model)
