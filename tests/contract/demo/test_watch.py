"""What the demo takes for the autoscaler's figure."""

from __future__ import annotations

from tests.demo.watch import look
from tests.fakes.cluster import FakeCluster
from tfk8s.manifest import JsonObject


def _cluster(*metrics: JsonObject) -> FakeCluster:
    cluster = FakeCluster()
    cluster.put(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "resnet", "namespace": "serving"},
            "status": {"desiredReplicas": 0, "currentMetrics": [*metrics]},
        }
    )
    return cluster


def test_a_metric_that_could_not_be_read_is_no_figure() -> None:
    assert look(_cluster({"type": ""}), name="resnet", namespace="serving").cpu_percent is None


def test_an_idle_pod_is_a_figure() -> None:
    idle: JsonObject = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 0}}}

    assert look(_cluster(idle), name="resnet", namespace="serving").cpu_percent == 0
