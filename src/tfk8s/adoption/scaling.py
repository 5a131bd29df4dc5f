"""The number of pods: fixed, or what an autoscaler of any API version, or KEDA, keeps."""

from __future__ import annotations

from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Found
from tfk8s.adoption.scaling_hpa import Containers, read_autoscaler
from tfk8s.adoption.scaling_keda import read_scaled_object
from tfk8s.manifest import JsonObject
from tfk8s.manifest.scalers import (
    COUNTING,
    SCALED_OBJECT,
    VERTICAL,
    Target,
    follows_use,
    is_of_keda,
    sets_requests,
    target_of,
)


def autoscalers_of(objects: tuple[Found, ...], *, deployment: str) -> list[Found]:
    """Those that aim at the Deployment; what KEDA makes of a ScaledObject is not one of its own."""
    aimed = [
        item
        for item in objects
        if item.kind in COUNTING and target_of(item.body) == Target(kind="Deployment", name=deployment)
    ]
    scaled = {item.name for item in aimed if item.kind == SCALED_OBJECT}
    found: list[Found] = []
    for item in aimed:
        if not is_of_keda(item.body):
            found.append(item)
        elif scaled:
            item.is_part = True
            item.used.add(())
        else:
            item.tell(NoteKind.UNSAFE, (), "KEDA makes it of a ScaledObject that is not here: give that too")
    return found


def tell_vertical(objects: tuple[Found, ...], *, scaler: Found) -> None:
    """A VerticalPodAutoscaler that sets what the autoscaler measures against: each answers the other's change."""
    for item in objects:
        if item.kind != VERTICAL or target_of(item.body) != target_of(scaler.body):
            continue
        both = sorted(sets_requests(item.body) & follows_use(scaler.body))
        if both:
            used = " and ".join(both)
            words = f"changes the {used} request that {scaler.title} measures {used} against: set its updateMode to Off"
            item.tell(NoteKind.UNSAFE, (), words)


def scaling_of(
    deployment: Found, *, autoscalers: list[Found], containers: Containers, is_ours: bool = False
) -> JsonObject:
    """The part `scaling`.

    Args:
        deployment: of the server.
        autoscalers: those that aim at it.
        containers: of its pods.
        is_ours: whether tfk8s made the autoscaler: its triggers then are what their names say.
    """
    replicas = deployment.root.number("spec", "replicas")
    if not autoscalers:
        if replicas == 0:
            deployment.tell(NoteKind.CHANGED, ("spec", "replicas"), "0 becomes 1: tfk8s waits for a prediction")
        return {"replicas": replicas or 1}
    scaler, *others = autoscalers
    scaler.is_part = True
    for other in others:
        other.tell(
            NoteKind.UNSAFE, (), f"two autoscalers of one Deployment fight: delete this one, {scaler.name} stays"
        )
    if replicas is not None:
        deployment.tell(
            NoteKind.UNSAFE,
            ("spec", "replicas"),
            "beside an autoscaler each apply resets the number of pods; tfk8s leaves it to the autoscaler",
        )
    if scaler.kind == SCALED_OBJECT:
        return read_scaled_object(scaler.root, containers=containers, is_ours=is_ours)
    return read_autoscaler(scaler.root, containers=containers)
