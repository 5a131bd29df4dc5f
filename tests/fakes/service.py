"""A small service as rendering would make it, for tests of planning and applying."""

from __future__ import annotations

from tfk8s.app.service import Deployable, ServiceName
from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.manifest.order import in_apply_order
from tfk8s.manifest.ownership import ownership_labels, service_selector, workload_selector

NAME = "resnet"


def small_service(
    *,
    namespace: str = "serving",
    replicas: int | None = 2,
    image: str = "example.test/server:1",
    config: str = "one",
    extra: tuple[Manifest, ...] = (),
    makes_namespace: bool = False,
    by_keda: bool = False,
    least: int = 1,
) -> Deployable:
    """A service with a fixed count, or when `replicas` is None with an autoscaler: Kubernetes' own, or KEDA's."""
    made = [
        _object("v1", "ServiceAccount", NAME, namespace, {"automountServiceAccountToken": False}),
        _object("v1", "ConfigMap", f"{NAME}-config", namespace, {"data": {"models.config": config}}),
        _object("v1", "Service", NAME, namespace, {"spec": _service_spec()}),
        deployment(namespace=namespace, replicas=replicas, image=image),
        _object("policy/v1", "PodDisruptionBudget", NAME, namespace, {"spec": _budget_spec()}),
        *extra,
    ]
    if replicas is None and by_keda:
        made.append(_object("keda.sh/v1alpha1", "ScaledObject", NAME, namespace, {"spec": _keda_spec(least)}))
    elif replicas is None:
        made.append(
            _object("autoscaling/v2", "HorizontalPodAutoscaler", NAME, namespace, {"spec": _scaler_spec(least)})
        )
    if makes_namespace:
        labels: JsonObject = {**ownership_labels(NAME)}
        made.append(
            Manifest.of({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}})
        )
    return Deployable(name=ServiceName(name=NAME, namespace=namespace), manifests=in_apply_order(made), models=(NAME,))


def deployment(
    *, namespace: str = "serving", replicas: int | None = 2, image: str = "example.test/server:1"
) -> Manifest:
    """The Deployment of the small service."""
    labels: JsonObject = {**ownership_labels(NAME)}
    selector: JsonObject = {**workload_selector(NAME)}
    container: JsonObject = {
        "name": "server",
        "image": image,
        "ports": [{"name": "rest", "containerPort": 8501}],
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
    }
    spec: JsonObject = {
        "selector": {"matchLabels": selector},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return _object("apps/v1", "Deployment", NAME, namespace, {"spec": spec})


def config_map(name: str, *, namespace: str = "serving", **data: JsonValue) -> Manifest:
    """A ConfigMap that carries the labels of the service."""
    return _object("v1", "ConfigMap", name, namespace, {"data": {**data}})


def _object(api_version: str, kind: str, name: str, namespace: str, body: JsonObject) -> Manifest:
    labels: JsonObject = {**ownership_labels(NAME)}
    metadata: JsonObject = {"name": name, "namespace": namespace, "labels": labels}
    return Manifest.of({"apiVersion": api_version, "kind": kind, "metadata": metadata, **body})


def _service_spec() -> JsonObject:
    selector: JsonObject = {**service_selector(NAME)}
    return {"selector": selector, "ports": [{"name": "rest", "port": 8501, "targetPort": "rest"}]}


def _budget_spec() -> JsonObject:
    selector: JsonObject = {**service_selector(NAME)}
    return {"maxUnavailable": 1, "selector": {"matchLabels": selector}}


def _scaler_spec(least: int) -> JsonObject:
    target: JsonObject = {"type": "Utilization", "averageUtilization": 60}
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME},
        "minReplicas": least,
        "maxReplicas": 5,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }


def _keda_spec(least: int) -> JsonObject:
    return {
        "scaleTargetRef": {"name": NAME},
        "minReplicaCount": least,
        "maxReplicaCount": 5,
        "advanced": {"horizontalPodAutoscalerConfig": {"name": NAME}},
        "triggers": [{"type": "prometheus", "metadata": {"query": "q", "threshold": "5"}}],
    }
