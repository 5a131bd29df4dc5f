"""The use-case of `tfk8s status`: objects, pods by model versions, the autoscaler, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tfk8s.app.fleet import fleet_of
from tfk8s.app.fleet_json import config_json, finding_json, labels_json
from tfk8s.app.fleet_look import Look, change_findings, look_at, require_alike
from tfk8s.app.front import Front, find_fronts
from tfk8s.app.planning import read_inventory
from tfk8s.app.service import ServiceName
from tfk8s.app.snapshot import take_snapshot
from tfk8s.clock import Clock
from tfk8s.diagnose import Finding, diagnose
from tfk8s.errors import PreconditionError, RolloutFailedError
from tfk8s.manifest import JsonObject, JsonValue, ObjectRef
from tfk8s.manifest.fields import condition_of, integer_at, objects_at, text_at
from tfk8s.manifest.scalers import bounds_of
from tfk8s.manifest.snapshot import Snapshot, name_of, restarts_of
from tfk8s.ports import ModelServers
from tfk8s.ports.cluster import Cluster
from tfk8s.rollout import RolloutState, RolloutStatus, assess
from tfk8s.rollout.fleet import PodReport, lacking

_OF_KEDA = ("Ready", "Active", "Fallback", "Paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class PodStatus:
    """One pod: what its server said, its restarts, and the node that it runs on."""

    report: PodReport
    restarts: int
    node: str

    @property
    def name(self) -> str:
        """The pod's name."""
        return self.report.name

    @property
    def problem(self) -> str:
        """Why its server, or a model in it, could not be asked; "" when all could."""
        return self.report.problem or next((model.problem for model in self.report.models if model.problem), "")

    @property
    def available(self) -> frozenset[tuple[str, int]]:
        """Model and version pairs that it answers for."""
        return self.report.available


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalerStatus:
    """The HorizontalPodAutoscaler in numbers, and its conditions in words.

    Attributes:
        made_by: the object of KEDA that it comes from, as `ScaledObject/resnet`; "" for one of our own.
    """

    minimum: int
    maximum: int
    current: int
    desired: int
    metrics: tuple[str, ...]
    conditions: tuple[str, ...]
    made_by: str = ""


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
    look: Look
    fronts: tuple[Front, ...] = ()

    @property
    def differing(self) -> tuple[str, ...]:
        """Pods that lack a version which the others serve: a failed load on one pod is silent otherwise."""
        return lacking(self.look.fleet)


def service_status(
    name: ServiceName, *, models: Sequence[str] = (), cluster: Cluster, servers: ModelServers, clock: Clock
) -> ServiceStatus:
    """Look at the service and ask each pod for its versions.

    Args:
        name: the service.
        models: asked for where the pods mount no configuration that can be read.
        cluster: where it is.
        servers: makes clients.
        clock: for ages, and between two looks at the pods.

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
    bodies = {name_of(pod): pod for pod in snapshot.pods}
    look = look_at(
        lambda: fleet_of(snapshot, name=name, cluster=cluster, servers=servers, models=models),
        clock=clock,
        beside=lambda: change_findings(name, cluster=cluster, clock=clock),
    )
    return ServiceStatus(
        name=name,
        revision=inventory.revision.number if inventory.revision else None,
        objects=tuple((ref, cluster.get(ref) is not None) for ref in sorted(inventory.objects)),
        rollout=assess(snapshot),
        pods=tuple(_pod_status(pod, body=bodies[pod.name]) for pod in look.fleet.pods),
        scaler=_scaler_of(snapshot),
        findings=diagnose(snapshot, now=clock.utc_now()),
        look=look,
        fronts=find_fronts(name.service, cluster=cluster),
    )


def require_sound(status: ServiceStatus) -> None:
    """Refuse a service that is known to be broken; one that is on its way is not.

    Raises:
        RolloutFailedError: the rollout has failed, or pods do not serve what they should.
    """
    require_alike(status.look)
    if status.rollout.state is RolloutState.FAILED:
        raise RolloutFailedError(
            "the rollout has failed",
            hint="mend what is named here and run `tfk8s apply` again",
            details=status.rollout.reasons,
        )


def _pod_status(pod: PodReport, *, body: JsonObject) -> PodStatus:
    return PodStatus(report=pod, restarts=restarts_of(body), node=text_at(body, "spec", "nodeName"))


def _scaler_of(snapshot: Snapshot) -> ScalerStatus | None:
    """The autoscaler; of a ScaledObject that KEDA has not made one of yet, its bounds and what KEDA says."""
    scaled = snapshot.scaled_object
    if snapshot.scaler is None and scaled is None:
        return None
    found = scaler_status(snapshot.scaler or {})
    if scaled is None:
        return found
    least, most = bounds_of(scaled)
    said = tuple(_condition_line(condition_of(scaled, kind)) for kind in _OF_KEDA if condition_of(scaled, kind))
    running = integer_at(snapshot.deployment, "spec", "replicas", default=1)
    return replace(
        found,
        minimum=least,
        maximum=most,
        current=found.current if snapshot.scaler is not None else running,
        desired=0 if snapshot.is_asleep else (found.desired if snapshot.scaler is not None else running),
        conditions=(*found.conditions, *said),
        made_by=f"ScaledObject/{name_of(scaled)}",
    )


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
        conditions=tuple(_condition_line(item) for item in conditions if item),
    )


def _condition_line(item: JsonObject) -> str:
    kind, value = text_at(item, "type"), text_at(item, "status")
    return f"{kind}={value} ({text_at(item, 'reason')}): {text_at(item, 'message')}"


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
            "madeBy": scaler.made_by,
        },
        "exposed": [_front_json(front) for front in status.fronts],
        "configured": config_json(status.look.fleet.config),
        "differing": list(status.differing),
        "versionFindings": [finding_json(finding) for finding in status.look.findings],
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
        "asksFor": front.asks_for,
        "missing": [*front.missing, *front.pending],
    }


def _pod_json(pod: PodStatus) -> JsonObject:
    report = pod.report
    versions: JsonObject = {
        model.model: [
            {"version": state.number, "state": state.state.value, "error": state.error_message}
            for state in model.versions
        ]
        for model in report.models
    }
    return {
        "name": report.name,
        "component": report.component,
        "ready": report.ready,
        "leaving": report.leaving,
        "new": report.is_new,
        "restarts": pod.restarts,
        "node": pod.node,
        "versions": versions,
        "labels": {model.model: labels_json(model) for model in report.models},
        "problem": pod.problem,
    }
