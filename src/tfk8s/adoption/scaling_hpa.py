"""A HorizontalPodAutoscaler of any API version, as a part of a spec."""

from __future__ import annotations

import re
from typing import NamedTuple

from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Part
from tfk8s.adoption.paces import behavior_of
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.names.autoscaling import GOOGLE_PREFIX, GOOGLE_SUFFIX, RECORDED
from tfk8s.spec.quantity import parse_quantity
from tfk8s.spec.scaling_source import MetricSource
from tfk8s.spec.server_metrics import MAX_EXTERNAL_NAME, METRIC_NAME, SERVER_CONTAINER

USUAL_PERCENT = 60
_USUAL_OF_V1 = 80
"""Of autoscaling/v1, where no target is given."""

_USES = ("cpu", "memory")
_KINDS = {name: kind for kind, name in RECORDED.items()}
_WINDOW = MetricSource.model_fields["window_seconds"].default
_NONE_OF_OURS = {
    "Pods": "a metric of each pod has no place in a spec: requestsPerSecond, inFlight or external may stand for it",
    "Object": "a metric of another object has no place in a spec: external may stand for it",
}
_OTHER = "tfk8s follows CPU and memory in percent of the request: this target is left out"


class Containers(NamedTuple):
    """The containers of the pods that a manifest names; others may be added to them in the cluster, as a mesh does.

    Attributes:
        server: where the server runs.
        others: those beside it, which are not carried over.
    """

    server: str
    others: frozenset[str]

    def named(self, part: Part) -> JsonObject:
        """How a spec names the container that the part names: not at all when it is the server's."""
        name = str(part.value)
        if name != self.server:
            return {"container": name}
        if name != SERVER_CONTAINER:
            part.tell(NoteKind.CHANGED, f"{name} is called {SERVER_CONTAINER} from now on")
        return {}


def read_autoscaler(root: Part, *, containers: Containers) -> JsonObject:
    """The part `scaling`."""
    root.at("spec", "scaleTargetRef").use_keys("apiVersion", "kind", "name")
    least, most = root.number("spec", "minReplicas"), root.number("spec", "maxReplicas") or 1
    if least == 0:
        root.at("spec", "minReplicas").tell(
            NoteKind.CHANGED, "0 becomes 1: an autoscaler of Kubernetes starts a first pod only from 1.37 on"
        )
    source: JsonObject = {}
    metrics = _metrics(root, containers=containers, source=source)
    found: JsonObject = {"min": least or 1, "max": max(most, least or 1), "metrics": metrics}
    if source:
        found["source"] = source
    behavior = behavior_of(root.at("spec", "behavior"))
    return {**found, **({"behavior": behavior} if behavior else {})}


def _metrics(root: Part, *, containers: Containers, source: JsonObject) -> list[JsonValue]:
    percent = root.number("spec", "targetCPUUtilizationPercentage")
    if percent is not None:
        return [{"cpu": min(percent, 100)}]
    found: list[JsonValue] = []
    for metric in root.items("spec", "metrics"):
        read = _metric(metric, containers=containers, source=source)
        if read is None:
            continue
        if is_twice(read, found):
            metric.tell(NoteKind.LOST, "is given by an earlier metric")
        else:
            found.append(read)
    return found or _usual(root)


def is_twice(metric: JsonObject, found: list[JsonValue]) -> bool:
    """Whether the same number has another target already."""
    return any(_what(metric) == _what(other) for other in found if isinstance(other, dict))


def _what(metric: JsonObject) -> tuple[str, str]:
    kind = next(iter(metric))
    return kind, text_at(metric, "external", "name") or text_at(metric, "container")


def _usual(root: Part) -> list[JsonValue]:
    usual = USUAL_PERCENT if root.at("spec", "metrics") else _USUAL_OF_V1
    root.at("spec").found.tell(NoteKind.CHANGED, ("spec", "metrics"), f"CPU at {usual} percent is followed")
    return [{"cpu": usual}]


def _metric(metric: Part, *, containers: Containers, source: JsonObject) -> JsonObject | None:
    kind = text_at(metric.value, "type") or "Resource"
    match kind:
        case "Resource":
            return _resource(metric)
        case "ContainerResource":
            return _of_container(metric, containers=containers)
        case "External":
            return _external(metric, source=source)
        case _:
            metric.tell(NoteKind.LOST, _NONE_OF_OURS.get(kind, _OTHER))
            return None


def _resource(metric: Part) -> JsonObject | None:
    name = text_at(metric.value, "resource", "name")
    percent = metric.number("resource", "target", "averageUtilization")
    percent = percent or metric.number("resource", "targetAverageUtilization")
    if name not in _USES or percent is None:
        metric.tell(NoteKind.LOST, _OTHER)
        return None
    metric.use("type")
    metric.use("resource", "name")
    metric.use("resource", "target", "type")
    return {name: _bounded(metric, percent)}


def _of_container(metric: Part, *, containers: Containers) -> JsonObject | None:
    there = metric.at("containerResource")
    name, of = text_at(there.value, "name"), text_at(there.value, "container")
    percent = there.number("target", "averageUtilization")
    if name not in _USES or percent is None:
        metric.tell(NoteKind.LOST, _OTHER)
        return None
    if of in containers.others:
        metric.tell(NoteKind.LOST, f"the container {of} is not carried over, and what it uses is not followed")
        return None
    metric.use("type")
    there.use_keys("name", "container")
    there.use("target", "type")
    return {f"container{name.capitalize()}": _bounded(metric, percent), **containers.named(there.at("container"))}


def _bounded(metric: Part, percent: int) -> int:
    if percent > 100:
        metric.tell(NoteKind.CHANGED, f"{percent} percent becomes 100: request and limit are the same")
    return min(percent, 100)


def _external(metric: Part, *, source: JsonObject) -> JsonObject | None:
    there = metric.at("external")
    name = text_at(there.value, "metric", "name")
    form, target = _target(there)
    ours = _of_server(there, name, target=target, source=source)
    if ours is not None:
        metric.use("type")
        there.use("target")
        return ours
    selector = object_at(there.value, "metric", "selector")
    if target is None or not re.match(METRIC_NAME, name) or len(name) > MAX_EXTERNAL_NAME:
        metric.tell(NoteKind.LOST, "its name or its target has no place in a spec")
        return None
    if selector.keys() - {"matchLabels"}:
        metric.tell(NoteKind.LOST, "a spec takes labels and no expressions: this metric is left out")
        return None
    metric.use("type")
    there.use("metric", "name")
    there.use("target")
    labels: JsonObject = {**there.texts("metric", "selector", "matchLabels")}
    return {"external": {"name": name, **({"selector": labels} if labels else {}), form: target}}


def _target(external: Part) -> tuple[str, str | None]:
    """The key of the spec and the amount; None when it is none that a spec takes."""
    for form in ("averageValue", "value"):
        given = object_at(external.value, "target").get(form)
        if given is None:
            continue
        try:
            amount = parse_quantity(str(given))
        except ValueError:
            return form, None
        return form, str(given) if amount.value and amount.value * 1000 == amount.milli else None
    return "", None


def _of_server(external: Part, name: str, *, target: str | None, source: JsonObject) -> JsonObject | None:
    """A number of the server as tfk8s asks for it, through prometheus-adapter or Google's."""
    of_google = name.startswith(GOOGLE_PREFIX)
    kind = _KINDS.get(name.removeprefix(GOOGLE_PREFIX).removesuffix(GOOGLE_SUFFIX))
    if kind is None or target is None:
        return None
    selector = object_at(external.value, "metric", "selector", "matchLabels")
    external.use("metric")
    source["kind"] = "gke" if of_google else "prometheus-adapter"
    window = text_at(selector, "window").removesuffix("s")
    if window.isdecimal() and int(window) != _WINDOW:
        source["windowSeconds"] = int(window)
    if kind != "latencyMilliseconds":
        return {kind: target}
    percentile = text_at(selector, "percentile")
    if not percentile.isdecimal():
        external.at("metric").tell(NoteKind.CHANGED, "of 95 of 100 predictions: it does not say of how many")
        return {kind: int(parse_quantity(target).value)}
    named: JsonObject = {"percentile": int(percentile)} if percentile != "95" else {}
    return {kind: int(parse_quantity(target).value), **named}
