"""Metrics of a HorizontalPodAutoscaler beside CPU and memory of the pods."""

from __future__ import annotations

from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.spec import ContainerCpuMetric, ContainerMemoryMetric, ExternalMetric, Metric


def further_metric(metric: Metric) -> JsonObject:
    """One entry of `spec.metrics`.

    Raises:
        InputError: a metric that is not rendered yet.
    """
    match metric:
        case ContainerCpuMetric():
            return _container("cpu", container=metric.container, percent=metric.container_cpu)
        case ContainerMemoryMetric():
            return _container("memory", container=metric.container, percent=metric.container_memory)
        case ExternalMetric():
            external = metric.external
            name: JsonObject = {"name": external.name}
            if external.selector:
                name["selector"] = {"matchLabels": dict(external.selector)}
            target: JsonObject = (
                {"type": "Value", "value": str(external.value)}
                if external.value is not None
                else {"type": "AverageValue", "averageValue": str(external.average_value)}
            )
            return {"type": "External", "external": {"metric": name, "target": target}}
        case _:
            raise InputError(f"{metric.kind} is not rendered yet")


def _container(resource: str, *, container: str, percent: int) -> JsonObject:
    target: JsonObject = {"type": "Utilization", "averageUtilization": percent}
    return {
        "type": "ContainerResource",
        "containerResource": {"name": resource, "container": container, "target": target},
    }
