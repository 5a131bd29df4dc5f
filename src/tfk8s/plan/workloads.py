"""The pods of rendered objects: what one of each kind asks for, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.manifest.fields import integer_at, object_at
from tfk8s.manifest.scalers import bounds_of, counts, target_of
from tfk8s.plan.room import Amounts, asked_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Pods of one Deployment.

    Attributes:
        template: of the pods.
        need: of one pod.
        fewest: pods that there always are.
        most: pods that there may be, a roll-out aside.
    """

    namespace: str
    name: str
    template: JsonObject
    need: Amounts
    fewest: int
    most: int


def workloads_of(manifests: Manifests) -> tuple[Workload, ...]:
    """The Deployments among the objects, each with the bounds of the autoscaler that aims at it."""
    scalers = [item for item in manifests if counts(item.ref)]
    return tuple(_workload(item, scalers=scalers) for item in manifests if item.ref.kind == "Deployment")


def _workload(deployment: Manifest, *, scalers: list[Manifest]) -> Workload:
    template = object_at(deployment.body, "spec", "template")
    replicas = integer_at(deployment.body, "spec", "replicas", default=1)
    fewest, most = next(
        (bounds_of(scaler.body) for scaler in scalers if _aims(scaler, deployment)), (replicas, replicas)
    )
    return Workload(
        namespace=deployment.ref.namespace,
        name=deployment.ref.name,
        template=template,
        need=asked_by(template),
        fewest=fewest,
        most=most,
    )


def _aims(scaler: Manifest, deployment: Manifest) -> bool:
    target = target_of(scaler.body)
    named = (target.kind, target.name, scaler.ref.namespace)
    return named == ("Deployment", deployment.ref.name, deployment.ref.namespace)
