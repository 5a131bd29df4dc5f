"""Autoscalers of others that aim at a Deployment of ours: two on one Deployment undo each other's work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.scalers import (
    AUTOSCALER,
    KEDA_API,
    SCALED_OBJECT,
    VERTICAL,
    counts,
    follows_use,
    is_of_keda,
    made_by,
    name_given_by,
    sets_requests,
    target_of,
)
from tfk8s.plan.change import PlanWarning

_RECOMMENDS = '{"spec":{"updatePolicy":{"updateMode":"Off"}}}'
_SHORT = {AUTOSCALER: "hpa", SCALED_OBJECT: "scaledobject", VERTICAL: "vpa"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A live autoscaler that is not part of the service.

    Attributes:
        ref: the object that somebody made; of an autoscaler that KEDA made, its ScaledObject.
        deployment: the Deployment of ours that it aims at.
        does: what it does there, as "counts the pods of Deployment/resnet in serving".
    """

    ref: ObjectRef
    deployment: ObjectRef
    does: str

    def __str__(self) -> str:
        """As messages say it."""
        return f"{self.ref} {self.does}"

    @property
    def remedy(self) -> str:
        """The command after which it does so no more."""
        place = f"-n {self.ref.namespace}"
        name = f"{_SHORT[self.ref.kind]} {self.ref.name}"
        if self.ref.kind == VERTICAL:
            return f"kubectl {place} patch {name} --type merge -p '{_RECOMMENDS}'"
        return f"kubectl {place} delete {name}"


def rivals(desired: Manifests, live: Iterable[JsonObject], *, ours: AbstractSet[ObjectRef]) -> tuple[Rival, ...]:
    """The autoscalers that would fight with the service, each once.

    Args:
        desired: the objects of the service.
        live: every autoscaler of its namespace.
        ours: what the service consists of, now or from now on.
    """
    found = {rival.ref: rival for body in live for rival in _of_body(desired, body, ours=ours)}
    return tuple(found[ref] for ref in sorted(found))


def _of_body(desired: Manifests, body: JsonObject, *, ours: AbstractSet[ObjectRef]) -> Iterator[Rival]:
    ref = _maker(Manifest.of(body).ref, body)
    if ref in ours:
        return
    target = target_of(body)
    for item in desired:
        if item.ref.kind != "Deployment" or (item.ref.namespace, item.ref.name) != (ref.namespace, target.name):
            continue
        if target.kind == "Deployment":
            yield from _on(item.ref, ref=ref, body=body, scaler=_scaler_of(item.ref, desired))
    yield from _taken(desired, ref=ref, body=body)


def _maker(ref: ObjectRef, body: JsonObject) -> ObjectRef:
    if not is_of_keda(body):
        return ref
    owner = made_by(body)
    api_version = text_at(owner, "apiVersion") or KEDA_API
    return ObjectRef(api_version=api_version, kind=SCALED_OBJECT, namespace=ref.namespace, name=text_at(owner, "name"))


def _on(deployment: ObjectRef, *, ref: ObjectRef, body: JsonObject, scaler: Manifest | None) -> Iterator[Rival]:
    if ref.kind != VERTICAL:
        yield Rival(ref=ref, deployment=deployment, does=f"counts the pods of {deployment}")
        return
    both = sorted(sets_requests(body) & follows_use(scaler.body)) if scaler is not None else []
    if both:
        does = f"changes the {' and '.join(both)} request of {deployment}, against which its use is measured"
        yield Rival(ref=ref, deployment=deployment, does=does)


def _taken(desired: Manifests, *, ref: ObjectRef, body: JsonObject) -> Iterator[Rival]:
    """An autoscaler of another workload under the name that KEDA would use: KEDA takes it without asking."""
    for item in desired:
        if item.ref.kind != SCALED_OBJECT or ref.kind != AUTOSCALER or is_of_keda(body):
            continue
        own = target_of(item.body)
        same = (ref.namespace, ref.name) == (item.ref.namespace, name_given_by(item.body))
        if same and target_of(body) != own:
            deployment = ObjectRef(api_version="apps/v1", kind=own.kind, namespace=ref.namespace, name=own.name)
            yield Rival(
                ref=ref,
                deployment=deployment,
                does="has the name that KEDA's autoscaler would get, and scales "
                f"{target_of(body).kind}/{target_of(body).name}",
            )


def _scaler_of(deployment: ObjectRef, desired: Manifests) -> Manifest | None:
    found = (item for item in desired if counts(item.ref) and item.ref.namespace == deployment.namespace)
    return next((item for item in found if target_of(item.body) == (deployment.kind, deployment.name)), None)


def rival_warnings(desired: Manifests, found: tuple[Rival, ...]) -> tuple[PlanWarning, ...]:
    """What to say where the spec fixes the number of pods: the other autoscaler changes it all the same."""
    stated: Mapping[ObjectRef, Manifest] = {item.ref: item for item in desired if item.ref.kind == "Deployment"}
    return tuple(
        PlanWarning(
            message=f"{rival}, and the spec says how many there are",
            hint=f"{rival.remedy}; or write scaling with min and max, and take that one away all the same",
        )
        for rival in found
        if rival.deployment in stated and _scaler_of(rival.deployment, desired) is None
    )
