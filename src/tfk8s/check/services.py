"""What must hold between the objects of a service: selectors, replica counts, budgets, exposure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from tfk8s.check.findings import CheckFinding, doubtful, wrong
from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at
from tfk8s.manifest.ownership import COMPONENT_LABEL, INSTANCE_LABEL, NAME_LABEL, PORTS_ANNOTATION, ports_told

_STABLE_LABELS = frozenset({NAME_LABEL, INSTANCE_LABEL, COMPONENT_LABEL})
_GRPC_PORT = 8500
_PUBLIC = frozenset({"LoadBalancer", "NodePort"})


def service_findings(manifests: Manifests, *, kept: Mapping[str, str]) -> Iterator[CheckFinding]:
    """Rules that need more than one object."""
    deployments = _of_kind(manifests, "Deployment")
    scalers = _of_kind(manifests, "HorizontalPodAutoscaler")
    yield from _selectors(deployments, stable=_STABLE_LABELS | kept.keys())
    for service in _of_kind(manifests, "Service"):
        yield from _service(service, deployments)
    for scaler in scalers:
        yield from _scaler(scaler, deployments)
    for deployment in deployments:
        yield from _replicas(deployment, scalers)
    for budget in _of_kind(manifests, "PodDisruptionBudget"):
        yield from _budget(budget, deployments, scalers)


def _of_kind(manifests: Manifests, kind: str) -> tuple[Manifest, ...]:
    return tuple(manifest for manifest in manifests if manifest.ref.kind == kind)


def _pod_labels(deployment: Manifest) -> JsonObject:
    return object_at(deployment.body, "spec", "template", "metadata", "labels")


def _selects(selector: Mapping[str, object], labels: Mapping[str, object]) -> bool:
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _selectors(deployments: tuple[Manifest, ...], *, stable: AbstractSet[str]) -> Iterator[CheckFinding]:
    for deployment in deployments:
        selector = object_at(deployment.body, "spec", "selector", "matchLabels")
        at = ("spec", "selector", "matchLabels")
        if not _selects(selector, _pod_labels(deployment)):
            yield wrong("selector", deployment, path=at, message="does not select the pods of its own template")
        for key in sorted(set(selector) - stable):
            message = f"{key} may change, and a selector cannot"
            yield wrong("selector-stable", deployment, path=(*at, key), message=message)
        for other in deployments:
            if other is not deployment and _selects(selector, _pod_labels(other)):
                yield wrong(
                    "selector-disjoint", deployment, path=at, message=f"selects the pods of {other.ref} as well"
                )


def _service(service: Manifest, deployments: tuple[Manifest, ...]) -> Iterator[CheckFinding]:
    selector = object_at(service.body, "spec", "selector")
    if not any(_selects(selector, _pod_labels(deployment)) for deployment in deployments):
        yield wrong("service-selector", service, path=("spec", "selector"), message="selects no pod of these manifests")
    if text_at(service.body, "spec", "type") not in _PUBLIC:
        return
    told = ports_told(text_at(service.body, "metadata", "annotations", PORTS_ANNOTATION))
    for index, port in enumerate(objects_at(service.body, "spec", "ports")):
        usual = integer_at(port, "port") == _GRPC_PORT or port.get("targetPort") in {_GRPC_PORT, "grpc"}
        if integer_at(port, "port") == told["grpc"] if "grpc" in told else usual and not told:
            message = "opens the gRPC port to the outside; it takes configuration calls from anybody"
            yield doubtful("public-grpc", service, path=("spec", "ports", index), message=message)


def _target(scaler: Manifest) -> str:
    return text_at(scaler.body, "spec", "scaleTargetRef", "name")


def _scaler(scaler: Manifest, deployments: tuple[Manifest, ...]) -> Iterator[CheckFinding]:
    if _target(scaler) not in {deployment.ref.name for deployment in deployments}:
        message = f"there is no Deployment {_target(scaler)!r} in these manifests"
        yield wrong("scale-target", scaler, path=("spec", "scaleTargetRef", "name"), message=message)
    least, most = (
        integer_at(scaler.body, "spec", "minReplicas", default=1),
        integer_at(scaler.body, "spec", "maxReplicas"),
    )
    if least > most:
        message = f"{least} is above maxReplicas, {most}"
        yield wrong("scale-range", scaler, path=("spec", "minReplicas"), message=message)
    if not objects_at(scaler.body, "spec", "metrics"):
        yield wrong("scale-metrics", scaler, path=("spec", "metrics"), message="follows no metric")


def _replicas(deployment: Manifest, scalers: tuple[Manifest, ...]) -> Iterator[CheckFinding]:
    scaled = any(_target(scaler) == deployment.ref.name for scaler in scalers)
    stated = "replicas" in object_at(deployment.body, "spec")
    if scaled and stated:
        message = "the autoscaler writes it; each apply would reset the count"
        yield wrong("replicas", deployment, path=("spec", "replicas"), message=message)
    elif not scaled and not stated:
        yield wrong("replicas", deployment, path=("spec", "replicas"), message="nobody says how many pods there are")


def _budget(
    budget: Manifest, deployments: tuple[Manifest, ...], scalers: tuple[Manifest, ...]
) -> Iterator[CheckFinding]:
    spec = object_at(budget.body, "spec")
    if ("minAvailable" in spec) == ("maxUnavailable" in spec):
        message = "exactly one of minAvailable and maxUnavailable must be set"
        yield wrong("budget", budget, path=("spec",), message=message)
        return
    selector = object_at(spec, "selector", "matchLabels")
    least = sum(
        _least(deployment, scalers) for deployment in deployments if _selects(selector, _pod_labels(deployment))
    )
    if not _allows_eviction(spec, least):
        message = f"allows no eviction at {least} replica{'' if least == 1 else 's'}: no node could be drained"
        yield wrong("budget", budget, path=("spec",), message=message)


def _least(deployment: Manifest, scalers: tuple[Manifest, ...]) -> int:
    for scaler in scalers:
        if _target(scaler) == deployment.ref.name:
            return integer_at(scaler.body, "spec", "minReplicas", default=1)
    return integer_at(deployment.body, "spec", "replicas", default=1)


def _allows_eviction(spec: JsonObject, replicas: int) -> bool:
    """As the disruption controller counts: percentages are rounded up, for either field."""
    if "maxUnavailable" in spec:
        return _count(spec["maxUnavailable"], replicas) >= 1
    return replicas - _count(spec["minAvailable"], replicas) >= 1


def _count(value: object, replicas: int) -> int:
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        return -(-int(value[:-1]) * replicas // 100)
    return value if isinstance(value, int) else 0
