"""The use-case of `tfk8s status`: objects, pods by model versions, the autoscaler, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfk8s.app.front import Front, find_fronts
from tfk8s.app.planning import read_inventory
from tfk8s.app.service import ServiceName
from tfk8s.app.snapshot import take_snapshot
from tfk8s.clock import Clock
from tfk8s.diagnose import Finding, diagnose
from tfk8s.errors import PreconditionError, PredictionError, RolloutFailedError
from tfk8s.manifest import JsonObject, JsonValue, ObjectRef
from tfk8s.manifest.fields import condition_of, integer_at, objects_at, text_at
from tfk8s.manifest.snapshot import Snapshot, is_leaving, is_ready, name_of, restarts_of
from tfk8s.ports import Endpoint, ModelServers, Transport, VersionState
from tfk8s.ports.cluster import Cluster
from tfk8s.rollout import RolloutState, RolloutStatus, assess

_TRANSPORTS: tuple[Transport, ...] = ("rest", "grpc")


@dataclass(frozen=True, slots=True, kw_only=True)
class PodStatus:
    """One pod; `versions` by model, and `problem` when its server could not be asked."""

    name: str
    ready: bool
    leaving: bool
    is_new: bool
    restarts: int
    node: str
    versions: Mapping[str, tuple[VersionState, ...]]
    problem: str = ""

    @property
    def available(self) -> frozenset[tuple[str, int]]:
        """Model and version pairs that it answers for."""
        return frozenset(
            (model, state.number) for model, states in self.versions.items() for state in states if state.is_available
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalerStatus:
    """The HorizontalPodAutoscaler in numbers, and its conditions in words."""

    minimum: int
    maximum: int
    current: int
    desired: int
    metrics: tuple[str, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """Everything that status shows."""

    name: ServiceName
    revision: int | None
    objects: tuple[tuple[ObjectRef, bool], ...]
    rollout: RolloutStatus
    pods: tuple[PodStatus, ...]
    scaler: ScalerStatus | None
    findings: tuple[Finding, ...]
    fronts: tuple[Front, ...] = ()

    @property
    def differing(self) -> tuple[str, ...]:
        """Pods that serve other versions than the others do: a failed load on one pod is silent otherwise."""
        asked = [pod for pod in self.pods if pod.ready and not pod.leaving and not pod.problem]
        everywhere = frozenset[tuple[str, int]]().union(*(pod.available for pod in asked))
        return tuple(
            f"Pod/{pod.name} lacks version {version} of {model}"
            for pod in asked
            for model, version in sorted(everywhere - pod.available)
        )


def service_status(
    name: ServiceName, *, models: tuple[str, ...], cluster: Cluster, servers: ModelServers, clock: Clock
) -> ServiceStatus:
    """Look at the service and ask each ready pod for its versions.

    Raises:
        PreconditionError: nothing of the service is there.
    """
    inventory = read_inventory(name, cluster=cluster)
    snapshot = take_snapshot(name, cluster=cluster)
    if not inventory.objects and snapshot.deployment is None:
        raise PreconditionError(
            f"there is no service {name.name} in namespace {name.namespace} ({cluster.identity})",
            hint="deploy it with tfk8s apply, or choose another --namespace or --context",
        )
    return ServiceStatus(
        name=name,
        revision=inventory.revision.number if inventory.revision else None,
        objects=tuple((ref, cluster.get(ref) is not None) for ref in sorted(inventory.objects)),
        rollout=assess(snapshot),
        pods=tuple(
            _pod_status(pod, snapshot=snapshot, models=models, cluster=cluster, servers=servers)
            for pod in sorted(snapshot.pods, key=name_of)
        ),
        scaler=scaler_status(snapshot.scaler) if snapshot.scaler is not None else None,
        findings=diagnose(snapshot, now=clock.utc_now()),
        fronts=find_fronts(name.service, cluster=cluster),
    )


def require_sound(status: ServiceStatus) -> None:
    """Refuse a service that is known to be broken; one that is on its way is not.

    Raises:
        RolloutFailedError: the rollout has failed, or pods serve different versions.
    """
    if status.differing:
        raise RolloutFailedError(
            "the pods do not serve the same versions",
            hint="a version that failed to load on a pod is not tried again: replace that pod",
            details=status.differing,
        )
    if status.rollout.state is RolloutState.FAILED:
        raise RolloutFailedError(
            "the rollout has failed",
            hint="mend what is named here and run `tfk8s apply` again",
            details=status.rollout.reasons,
        )


def _pod_status(
    pod: JsonObject, *, snapshot: Snapshot, models: tuple[str, ...], cluster: Cluster, servers: ModelServers
) -> PodStatus:
    ready, versions, problem = is_ready(pod), {}, ""
    if ready:
        try:
            versions = _versions(pod, models=models, cluster=cluster, servers=servers)
        except (PredictionError, PreconditionError) as error:
            problem = error.message
    return PodStatus(
        name=name_of(pod),
        ready=ready,
        leaving=is_leaving(pod),
        is_new=pod in snapshot.new_pods,
        restarts=restarts_of(pod),
        node=text_at(pod, "spec", "nodeName"),
        versions=versions,
        problem=problem,
    )


def _versions(
    pod: JsonObject, *, models: tuple[str, ...], cluster: Cluster, servers: ModelServers
) -> dict[str, tuple[VersionState, ...]]:
    ports = {
        text_at(port, "name"): integer_at(port, "containerPort")
        for container in objects_at(pod, "spec", "containers")
        for port in objects_at(container, "ports")
    }
    transport = next((each for each in _TRANSPORTS if each in ports), None)
    if transport is None:
        raise PreconditionError(
            "it has neither a rest nor a grpc port", hint="`tfk8s diff` shows what was changed in its Deployment"
        )
    ref = ObjectRef(api_version="v1", kind="Pod", namespace=text_at(pod, "metadata", "namespace"), name=name_of(pod))
    with cluster.forward(ref, port=ports[transport]) as local:
        endpoint = Endpoint(transport=transport, host="127.0.0.1", port=local, how=f"port-forward to pod {ref.name}")
        with servers.connect(endpoint) as server:
            return {model: server.status(model) for model in models}


def scaler_status(scaler: JsonObject) -> ScalerStatus:
    """Read a HorizontalPodAutoscaler (autoscaling/v2)."""
    current = {_metric_name(item): item for item in objects_at(scaler, "status", "currentMetrics")}
    metrics = tuple(
        f"{name}: {_measure(current.get(name, {}), 'current')} of {_measure(item, 'target')}"
        for item in objects_at(scaler, "spec", "metrics")
        for name in (_metric_name(item),)
    )
    conditions = [condition_of(scaler, kind) for kind in ("AbleToScale", "ScalingActive", "ScalingLimited")]
    return ScalerStatus(
        minimum=integer_at(scaler, "spec", "minReplicas", default=1),
        maximum=integer_at(scaler, "spec", "maxReplicas"),
        current=integer_at(scaler, "status", "currentReplicas"),
        desired=integer_at(scaler, "status", "desiredReplicas"),
        metrics=metrics,
        conditions=tuple(
            f"{text_at(item, 'type')}={text_at(item, 'status')} ({text_at(item, 'reason')}): {text_at(item, 'message')}"
            for item in conditions
            if item
        ),
    )


def _metric_name(metric: JsonObject) -> str:
    kind = text_at(metric, "type")
    source = kind[:1].lower() + kind[1:]
    return text_at(metric, source, "name") or text_at(metric, source, "metric", "name") or kind


def _measure(metric: JsonObject, part: str) -> str:
    for source in metric.values():
        found = source.get(part) if isinstance(source, dict) else None
        if not isinstance(found, dict):
            continue
        if "averageUtilization" in found:
            return f"{found['averageUtilization']}%"
        value: JsonValue = found.get("averageValue", found.get("value"))
        return str(value) if value is not None else "unknown"
    return "unknown"


def as_json(status: ServiceStatus) -> JsonObject:
    """The stable form of `-o json`."""
    scaler = status.scaler
    return {
        "name": status.name.name,
        "namespace": status.name.namespace,
        "revision": status.revision,
        "state": status.rollout.state.value,
        "reasons": list(status.rollout.reasons),
        "objects": [{"kind": ref.kind, "name": ref.name, "present": present} for ref, present in status.objects],
        "pods": [_pod_json(pod) for pod in status.pods],
        "autoscaler": None
        if scaler is None
        else {
            "min": scaler.minimum,
            "max": scaler.maximum,
            "current": scaler.current,
            "desired": scaler.desired,
            "metrics": list(scaler.metrics),
            "conditions": list(scaler.conditions),
        },
        "exposed": [_front_json(front) for front in status.fronts],
        "differing": list(status.differing),
        "findings": [
            {
                "code": item.code,
                "place": item.place,
                "cause": item.cause,
                "fix": item.fix,
                "evidence": list(item.evidence),
            }
            for item in status.findings
        ],
    }


def _front_json(front: Front) -> JsonObject:
    return {
        "through": f"{front.ref.kind}/{front.ref.name}",
        "transport": front.transport,
        "urls": [*front.urls],
        "addresses": [*front.addresses],
        "ready": front.is_ready,
        "missing": [*front.missing, *front.pending],
    }


def _pod_json(pod: PodStatus) -> JsonObject:
    versions: JsonObject = {
        model: [{"version": state.number, "state": state.state.value, "error": state.error_message} for state in states]
        for model, states in pod.versions.items()
    }
    return {
        "name": pod.name,
        "ready": pod.ready,
        "leaving": pod.leaving,
        "new": pod.is_new,
        "restarts": pod.restarts,
        "node": pod.node,
        "versions": versions,
        "problem": pod.problem,
    }
