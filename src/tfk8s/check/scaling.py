"""What must hold between workloads and what counts their pods: one autoscaler each, with a range and a metric."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.check.findings import CheckFinding, wrong
from tfk8s.check.selection import COUNTED, workloads_of
from tfk8s.manifest import Manifest, Manifests
from tfk8s.manifest.fields import integer_at, object_at, objects_at
from tfk8s.manifest.scalers import (
    AUTOSCALER,
    COUNTING,
    SCALED_OBJECT,
    VERTICAL,
    bounds_of,
    follows_use,
    name_given_by,
    sets_requests,
    target_of,
)


def scaling_findings(manifests: Manifests) -> Iterator[CheckFinding]:
    """Rules on autoscalers of every kind, and on workloads that have one or none."""
    deployments = workloads_of(manifests, COUNTED)
    scalers = tuple(manifest for manifest in manifests if manifest.ref.kind in COUNTING)
    for scaler in scalers:
        yield from _scaler(scaler, deployments)
    yield from _alone(scalers)
    for vertical in manifests:
        if vertical.ref.kind == VERTICAL:
            yield from _vertical(vertical, scalers)
    for deployment in deployments:
        yield from _replicas(deployment, scalers)


def fewest_pods(deployment: Manifest, manifests: Manifests) -> int:
    """How many pods there are at the quietest time; one that sleeps without any counts as one when it is awake."""
    for scaler in manifests:
        if scaler.ref.kind in COUNTING and _aims_at(scaler, deployment):
            return max(1, bounds_of(scaler.body)[0])
    return integer_at(deployment.body, "spec", "replicas", default=1)


def _aims_at(scaler: Manifest, deployment: Manifest) -> bool:
    same = scaler.ref.namespace == deployment.ref.namespace
    return same and target_of(scaler.body) == (deployment.ref.kind, deployment.ref.name)


def _scaler(scaler: Manifest, deployments: tuple[Manifest, ...]) -> Iterator[CheckFinding]:
    target = target_of(scaler.body)
    if not any(_aims_at(scaler, deployment) for deployment in deployments):
        message = f"there is no {target.kind} {target.name!r} in these manifests"
        yield wrong("scale-target", scaler, path=("spec", "scaleTargetRef", "name"), message=message)
    of_keda = scaler.ref.kind == SCALED_OBJECT
    fewest, most_name = ("minReplicaCount", "maxReplicaCount") if of_keda else ("minReplicas", "maxReplicas")
    least, most = bounds_of(scaler.body)
    if least > most:
        message = f"{least} is above {most_name}, {most}"
        yield wrong("scale-range", scaler, path=("spec", fewest), message=message)
    followed = "triggers" if of_keda else "metrics"
    is_old = "targetCPUUtilizationPercentage" in object_at(scaler.body, "spec")  # of autoscaling/v1
    if not objects_at(scaler.body, "spec", followed) and not is_old:
        yield wrong("scale-metrics", scaler, path=("spec", followed), message="follows no metric")


def _alone(scalers: tuple[Manifest, ...]) -> Iterator[CheckFinding]:
    """Each after the first on a workload is one too many; a name that KEDA gives twice is one autoscaler for two."""
    first: dict[object, Manifest] = {}
    for scaler in scalers:
        target = target_of(scaler.body)
        other = first.setdefault((scaler.ref.namespace, *target), scaler)
        if other is scaler:
            continue
        message = f"{other.ref.kind}/{other.ref.name} counts the pods of {target.kind}/{target.name} already: keep one"
        yield wrong("two-autoscalers", scaler, path=("spec", "scaleTargetRef"), message=message)
    for scaler in scalers:
        if scaler.ref.kind != SCALED_OBJECT:
            continue
        given = name_given_by(scaler.body)
        for other in scalers:
            taken = other.ref.kind == AUTOSCALER and other.ref.namespace == scaler.ref.namespace
            if taken and other.ref.name == given and target_of(other.body) != target_of(scaler.body):
                message = f"KEDA would take {other.ref.kind}/{given} over, which aims at {target_of(other.body).name!r}"
                yield wrong("two-autoscalers", scaler, path=("spec", "advanced"), message=message)


def _vertical(vertical: Manifest, scalers: tuple[Manifest, ...]) -> Iterator[CheckFinding]:
    for scaler in scalers:
        same = scaler.ref.namespace == vertical.ref.namespace and target_of(scaler.body) == target_of(vertical.body)
        both = sorted(follows_use(scaler.body) & sets_requests(vertical.body)) if same else []
        if both:
            used = " and ".join(both)
            message = f"changes the {used} request that {scaler.ref.kind}/{scaler.ref.name} measures {used} against"
            yield wrong("two-autoscalers", vertical, path=("spec", "targetRef"), message=message)


def _replicas(deployment: Manifest, scalers: tuple[Manifest, ...]) -> Iterator[CheckFinding]:
    scaled = any(_aims_at(scaler, deployment) for scaler in scalers)
    stated = "replicas" in object_at(deployment.body, "spec")
    if scaled and stated:
        message = "the autoscaler writes it; each apply would reset the count"
        yield wrong("replicas", deployment, path=("spec", "replicas"), message=message)
    elif not scaled and not stated:
        yield wrong("replicas", deployment, path=("spec", "replicas"), message="nobody says how many pods there are")
