"""What is computed with where the status alone tells: metrics of pods, objects and services, and cpu without rights."""

from __future__ import annotations

from tests.unit.autoscale.scalers import ACTIVE, CPU_60, FREE, READY, condition, cpu_status, live, pod, pods, scaler
from tfk8s.autoscale.explain import explain
from tfk8s.manifest import JsonObject

DEPTH: JsonObject = {
    "type": "Pods",
    "pods": {"metric": {"name": "depth"}, "target": {"type": "AverageValue", "averageValue": "50m"}},
}
HITS: JsonObject = {
    "type": "Object",
    "object": {
        "metric": {"name": "hits"},
        "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "resnet"},
        "target": {"type": "Value", "value": "10"},
    },
}
QUEUE: JsonObject = {
    "type": "External",
    "external": {"metric": {"name": "queue"}, "target": {"type": "Value", "value": "10"}},
}


def told(metric: JsonObject, current: JsonObject, *, there: tuple[JsonObject, ...] = pods(3)) -> str:
    kind = metric["type"]
    assert isinstance(kind, str)
    key = kind[0].lower() + kind[1:]
    named = metric[key]
    assert isinstance(named, dict)
    status: JsonObject = {"type": kind, key: {"metric": named["metric"], "current": current}}
    body = scaler(metric, current=(status,), replicas=3)
    (found,) = explain(live(body, pod_metrics=None, pods=there)).metrics
    return found.computed


def test_a_metric_of_pods_is_its_average_times_the_pods_that_are_ready() -> None:
    assert told(DEPTH, {"averageValue": "90m"}) == (
        "of 3 pods at the last sync; 90m / 50m = 1.800, above 1.1: ceil(1.800 x 3 pods) = 6"
    )


def test_pods_that_wait_for_a_node_hold_back_what_a_metric_of_pods_asks_for() -> None:
    waiting = pod("resnet-new", ready=False, phase="Pending")
    found = told(DEPTH, {"averageValue": "90m"}, there=(*pods(3), waiting))

    assert found.endswith(
        "with 1 pod not ready taken to use nothing: 67m / 50m = 1.340, above 1.1: ceil(1.340 x 4 pods) = 6"
    )


def test_a_value_of_an_object_is_multiplied_by_the_pods_that_are_ready() -> None:
    mixed = (*pods(2), pod("resnet-2", ready=False))

    assert told(HITS, {"value": "25"}, there=mixed) == ("25 / 10 = 2.500, above 1.1: ceil(2.500 x 2 ready pods) = 5")


def test_a_value_at_zero_replicas_asks_for_as_many_pods_as_targets_fit_in() -> None:
    awake = condition("ScaledToZero", "True", "ScaledToZero")
    status: JsonObject = {"type": "External", "external": {"metric": {"name": "queue"}, "current": {"value": "25"}}}
    body = scaler(QUEUE, conditions=(READY, ACTIVE, FREE, awake), current=(status,), replicas=0, minReplicas=0)
    found = explain(live(body, count=0, pods=(), pod_metrics=None, release=(1, 37)))

    assert found.metrics[0].computed == "no pod to multiply: ceil(25 / 10) = 3"
    assert found.outlook.replicas == 3


def test_without_the_pods_metrics_cpu_is_what_the_status_says() -> None:
    body = scaler(CPU_60, current=(cpu_status(137, "1370m"),))
    found = explain(live(body, pod_metrics=None))

    assert found.metrics[0].computed == (
        "of 3 pods at the last sync; 137 % / 60 % = 2.283, above 1.1: ceil(2.283 x 3 pods) = 7"
    )
    assert "the pods' metrics could not be read: the numbers are those of the last sync" in found.notes
