"""What must hold between the objects of a service: selectors, budgets, exposure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from tfk8s.check.findings import CheckFinding, doubtful, wrong
from tfk8s.check.scaling import fewest_pods
from tfk8s.check.selection import COUNTED, selects_pods, workloads_of
from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at
from tfk8s.manifest.ownership import COMPONENT_LABEL, INSTANCE_LABEL, NAME_LABEL, PORTS_ANNOTATION, ports_told

_STABLE_LABELS = frozenset({NAME_LABEL, INSTANCE_LABEL, COMPONENT_LABEL})
_GRPC_PORT = 8500
_PUBLIC = frozenset({"LoadBalancer", "NodePort"})


def service_findings(manifests: Manifests, *, kept: Mapping[str, str]) -> Iterator[CheckFinding]:
    """Rules that need more than one object."""
    deployments = workloads_of(manifests)
    yield from _selectors(deployments, stable=_STABLE_LABELS | kept.keys())
    for service in _of_kind(manifests, "Service"):
        yield from _service(service, deployments)
    for budget in _of_kind(manifests, "PodDisruptionBudget"):
        yield from _budget(budget, manifests)


def _of_kind(manifests: Manifests, kind: str) -> tuple[Manifest, ...]:
    return tuple(manifest for manifest in manifests if manifest.ref.kind == kind)


def _beside(item: Manifest, others: tuple[Manifest, ...]) -> Iterator[Manifest]:
    return (other for other in others if other is not item and other.ref.namespace == item.ref.namespace)


def _selectors(deployments: tuple[Manifest, ...], *, stable: AbstractSet[str]) -> Iterator[CheckFinding]:
    for deployment in deployments:
        selector = object_at(deployment.body, "spec", "selector")
        at = ("spec", "selector", "matchLabels")
        if not selects_pods(selector, deployment):
            yield wrong("selector", deployment, path=at, message="does not select the pods of its own template")
        for key in sorted(set(object_at(selector, "matchLabels")) - stable):
            message = f"{key} may change, and a selector cannot"
            yield wrong("selector-stable", deployment, path=(*at, key), message=message)
        for other in _beside(deployment, deployments):
            if selects_pods(selector, other):
                yield wrong(
                    "selector-disjoint", deployment, path=at, message=f"selects the pods of {other.ref} as well"
                )


def _service(service: Manifest, deployments: tuple[Manifest, ...]) -> Iterator[CheckFinding]:
    selector = object_at(service.body, "spec", "selector")
    if not any(selects_pods(selector, deployment) for deployment in deployments):
        yield wrong("service-selector", service, path=("spec", "selector"), message="selects no pod of these manifests")
    if text_at(service.body, "spec", "type") not in _PUBLIC:
        return
    told = ports_told(text_at(service.body, "metadata", "annotations", PORTS_ANNOTATION))
    for index, port in enumerate(objects_at(service.body, "spec", "ports")):
        usual = integer_at(port, "port") == _GRPC_PORT or port.get("targetPort") in (_GRPC_PORT, "grpc")
        if integer_at(port, "port") == told["grpc"] if "grpc" in told else usual and not told:
            message = "opens the gRPC port to the outside; it takes configuration calls from anybody"
            yield doubtful("public-grpc", service, path=("spec", "ports", index), message=message)


def _budget(budget: Manifest, manifests: Manifests) -> Iterator[CheckFinding]:
    spec = object_at(budget.body, "spec")
    if ("minAvailable" in spec) == ("maxUnavailable" in spec):
        message = "exactly one of minAvailable and maxUnavailable must be set"
        yield wrong("budget-bounds", budget, path=("spec",), message=message)
        return
    selector = object_at(spec, "selector")
    guarded = [item for item in _beside(budget, workloads_of(manifests)) if selects_pods(selector, item)]
    if any(item.ref.kind not in COUNTED for item in guarded):
        return  # one pod a node, and nobody knows here how many nodes there are
    least = sum(fewest_pods(deployment, manifests) for deployment in guarded)
    if not _allows_eviction(spec, least):
        message = f"allows no eviction at {least} replica{'' if least == 1 else 's'}: no node could be drained"
        yield wrong("budget", budget, path=("spec",), message=message)


def _allows_eviction(spec: JsonObject, replicas: int) -> bool:
    """As the disruption controller counts: percentages are rounded up, for either field."""
    if "maxUnavailable" in spec:
        return _count(spec["maxUnavailable"], replicas) >= 1
    return replicas - _count(spec["minAvailable"], replicas) >= 1


def _count(value: object, replicas: int) -> int:
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        return -(-int(value[:-1]) * replicas // 100)
    return value if isinstance(value, int) else 0
