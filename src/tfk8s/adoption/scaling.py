"""The number of pods: fixed, or what an autoscaler of any API version keeps."""

from __future__ import annotations

from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Found, Part
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import text_at

_USUAL_PERCENT = 80
"""Of autoscaling/v1, where no target is given."""


def autoscalers_of(objects: tuple[Found, ...], *, deployment: str) -> list[Found]:
    """Those that aim at the Deployment."""
    return [
        item
        for item in objects
        if item.kind == "HorizontalPodAutoscaler"
        and text_at(item.body, "spec", "scaleTargetRef", "name") == deployment
        and text_at(item.body, "spec", "scaleTargetRef", "kind") in ("", "Deployment")
    ]


def scaling_of(deployment: Found, *, autoscalers: list[Found]) -> JsonObject:
    """The part `scaling`."""
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
    return _autoscaled(scaler.root)


def _autoscaled(root: Part) -> JsonObject:
    root.at("spec", "scaleTargetRef").use_keys("apiVersion", "kind", "name")
    least, most = root.number("spec", "minReplicas"), root.number("spec", "maxReplicas") or 1
    if least == 0:
        root.at("spec", "minReplicas").tell(NoteKind.CHANGED, "0 becomes 1: nothing would start the first pod")
    metrics = _metrics(root)
    found: JsonObject = {"min": least or 1, "max": max(most, least or 1), "metrics": metrics}
    behavior: JsonObject = {}
    for key, field in (("scaleUp", "scaleUpWindowSeconds"), ("scaleDown", "scaleDownWindowSeconds")):
        seconds = root.number("spec", "behavior", key, "stabilizationWindowSeconds")
        if seconds is not None:
            behavior[field] = seconds
    return {**found, **({"behavior": behavior} if behavior else {})}


def _metrics(root: Part) -> list[JsonValue]:
    percent = root.number("spec", "targetCPUUtilizationPercentage")
    if percent is not None:
        return [{"cpu": min(percent, 100)}]
    found: dict[str, int] = {}
    for metric in root.items("spec", "metrics"):
        name = text_at(metric.value, "resource", "name")
        percent = metric.number("resource", "target", "averageUtilization")
        percent = percent or metric.number("resource", "targetAverageUtilization")
        if name not in ("cpu", "memory") or percent is None or name in found:
            metric.tell(
                NoteKind.LOST, "tfk8s follows the mean use of CPU and memory in percent: this metric is left out"
            )
            continue
        metric.use("type")
        metric.use("resource", "name")
        metric.use("resource", "target", "type")
        found[name] = min(percent, 100)
        if percent > 100:
            metric.tell(NoteKind.CHANGED, f"{percent} percent becomes 100: request and limit are the same")
    if not found:
        usual = 60 if root.at("spec", "metrics") else _USUAL_PERCENT
        root.at("spec").found.tell(NoteKind.CHANGED, ("spec", "metrics"), f"CPU at {usual} percent is followed")
        return [{"cpu": usual}]
    return [{name: number} for name, number in found.items()]
