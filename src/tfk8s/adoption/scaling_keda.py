"""A ScaledObject of KEDA, as a part of a spec."""

from __future__ import annotations

import re

from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Part
from tfk8s.adoption.paces import behavior_of
from tfk8s.adoption.scaling_hpa import USUAL_PERCENT, Containers, is_twice
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.scalers import bounds_of
from tfk8s.names.autoscaling import EXTERNAL_TRIGGER, TRIGGERS, WAKE_TRIGGER
from tfk8s.spec.quantity import parse_quantity
from tfk8s.spec.scaling_source import MetricSource
from tfk8s.spec.server_metrics import MAX_EXTERNAL_NAME, METRIC_NAME

_GOOGLE = re.compile(r"https://monitoring\.googleapis\.com/v1/projects/([^/]+)/location/global/prometheus\Z")
_WINDOW = re.compile(r"\[([0-9]+)s\]")
_PERCENTILE = re.compile(r"histogram_quantile\(([0-9]+) / 100,")
_KINDS = {name: kind for kind, name in TRIGGERS.items()}
_USUAL_WINDOW = MetricSource.model_fields["window_seconds"].default
_INTERVALS = range(5, 301)
_IDLE = range(30, 86_401)


class _Reading:
    """What triggers say together.

    Attributes:
        is_ours: whether tfk8s made the object.
        containers: of the pods.
    """

    def __init__(self, *, is_ours: bool, containers: Containers) -> None:
        self.is_ours, self.containers = is_ours, containers
        self.metrics: list[JsonValue] = []
        self.schedules: list[JsonValue] = []
        self.source: JsonObject = {"kind": "keda"}
        self.wake: JsonObject = {}


def read_scaled_object(root: Part, *, containers: Containers, is_ours: bool) -> JsonObject:
    """The part `scaling`."""
    root.at("spec", "scaleTargetRef").use_keys("apiVersion", "kind", "name")
    least, most = bounds_of(root.found.body)
    spec = root.at("spec")
    spec.use_keys("minReplicaCount", "maxReplicaCount")
    reading = _Reading(is_ours=is_ours, containers=containers)
    for trigger in spec.items("triggers"):
        _trigger(trigger, reading, least=least)
    if not reading.metrics:
        spec.at("triggers").tell(NoteKind.CHANGED, f"CPU at {USUAL_PERCENT} percent is followed beside what is kept")
        reading.metrics.append({"cpu": USUAL_PERCENT})
    if least == 0 and not reading.wake and not _has_external(reading):
        spec.at("minReplicaCount").tell(NoteKind.CHANGED, "0 becomes 1: nothing that is kept would start the first pod")
        least = 1
    found: JsonObject = {"min": least, "max": max(most, least), "metrics": reading.metrics}
    _times(spec, reading, least=least)
    found["source"] = reading.source
    for key, value in (("wake", reading.wake), ("schedules", reading.schedules)):
        if value:
            found[key] = value
    advanced = spec.at("advanced", "horizontalPodAutoscalerConfig")
    advanced.use("name")
    behavior = behavior_of(advanced.at("behavior"))
    return {**found, **({"behavior": behavior} if behavior else {})}


def _has_external(reading: _Reading) -> bool:
    return any(isinstance(metric, dict) and "external" in metric for metric in reading.metrics)


def _times(spec: Part, reading: _Reading, *, least: int) -> None:
    """How often KEDA asks, and after how long the last pod goes: of effect where there may be no pod."""
    if least:
        spec.use_keys("pollingInterval", "cooldownPeriod", "initialCooldownPeriod")
        return
    asked = spec.number("pollingInterval")
    if asked in _INTERVALS and asked != MetricSource.model_fields["interval_seconds"].default:
        reading.source["intervalSeconds"] = asked
    idle = spec.number("cooldownPeriod")
    if reading.wake and idle in _IDLE:
        reading.wake["idleSeconds"] = idle
    if reading.is_ours:
        spec.use("initialCooldownPeriod")
    elif spec.at("initialCooldownPeriod").value is not None:
        spec.at("initialCooldownPeriod").tell(NoteKind.CHANGED, "becomes the time that a first pod may take to start")


def _trigger(trigger: Part, reading: _Reading, *, least: int) -> None:
    match text_at(trigger.value, "type"):
        case ("cpu" | "memory") as kind:
            _use_of(trigger, kind, reading)
        case "cron":
            _schedule(trigger, reading, least=least)
        case "prometheus":
            _asked(trigger, reading)
        case kind:
            trigger.tell(NoteKind.LOST, f"KEDA's scaler {kind} has no place in a spec: external may stand for it")


def _use_of(trigger: Part, kind: str, reading: _Reading) -> None:
    container = text_at(trigger.value, "metadata", "containerName")
    form = text_at(trigger.value, "metricType") or text_at(trigger.value, "metadata", "type") or "Utilization"
    value = text_at(trigger.value, "metadata", "value")
    if form != "Utilization" or not value.isdecimal() or not 1 <= int(value) <= 100:
        trigger.tell(NoteKind.LOST, "tfk8s follows CPU and memory in percent of the request, from 1 to 100")
        return
    if container in reading.containers.others:
        trigger.tell(NoteKind.LOST, f"the container {container} is not carried over, and what it uses is not followed")
        return
    trigger.use("type")
    trigger.use("metricType")
    trigger.use("name")
    trigger.at("metadata").use_keys("type", "value", "containerName")
    named = reading.containers.named(trigger.at("metadata", "containerName")) if container else {}
    _add(trigger, {f"container{kind.capitalize()}" if container else kind: int(value), **named}, reading)


def _schedule(trigger: Part, reading: _Reading, *, least: int) -> None:
    metadata = trigger.at("metadata")
    floor = text_at(metadata.value, "desiredReplicas")
    if not floor.isdecimal() or int(floor) <= least:
        trigger.tell(NoteKind.CHANGED, f"asks for {floor} pods, no more than there are anyway: left out")
        return
    trigger.use("type")
    trigger.use("name")
    trigger.use("metricType")
    metadata.use("desiredReplicas")
    schedule: JsonObject = {"start": metadata.text("start"), "end": metadata.text("end")}
    timezone = metadata.text("timezone")
    reading.schedules.append(
        {**schedule, **({"timezone": timezone} if timezone != "Etc/UTC" else {}), "min": int(floor)}
    )


def _asked(trigger: Part, reading: _Reading) -> None:
    metadata = trigger.at("metadata")
    query, threshold = text_at(metadata.value, "query"), text_at(metadata.value, "threshold")
    if not _is_amount(threshold):
        trigger.tell(NoteKind.LOST, f"its threshold {threshold!r} is no target above 0")
        return
    if not _same_server(trigger, reading):
        return
    trigger.use("type")
    trigger.use("metricType")
    metadata.use_keys("query", "threshold", "metricName")
    name = trigger.text("name") or text_at(metadata.value, "metricName")
    above = text_at(metadata.value, "activationThreshold") or "0"
    if reading.is_ours:
        metadata.use_keys("activationThreshold", "ignoreNullValues")
        if name == WAKE_TRIGGER:
            reading.wake = {"query": query, **_above(metadata, above)}
            return
        if name in _KINDS:
            _add(trigger, _of_server(_KINDS[name], query, threshold, reading), reading)
            return
        name = name.removeprefix(EXTERNAL_TRIGGER)
    elif metadata.has("activationThreshold") and above != "0":
        metadata.at("activationThreshold").tell(NoteKind.CHANGED, "the first pod starts above 0")
    else:
        metadata.use("activationThreshold")
    form = "value" if text_at(trigger.value, "metricType") == "Value" else "averageValue"
    _add(trigger, {"external": {"name": _called(name, reading), "query": query, form: threshold}}, reading)


def _above(metadata: Part, above: str) -> JsonObject:
    """A spec has whole numbers; what tfk8s made may have been changed since."""
    if not above.isdecimal():
        metadata.at("activationThreshold").tell(NoteKind.CHANGED, f"the first pod starts above 0, not above {above}")
        return {}
    return {"above": int(above)} if int(above) else {}


def _called(name: str, reading: _Reading) -> str:
    if re.match(METRIC_NAME, name) and len(name) <= MAX_EXTERNAL_NAME:
        return name
    return f"prometheus-{len(reading.metrics) + 1}"


def _is_amount(threshold: str) -> bool:
    try:
        amount = parse_quantity(threshold)
    except ValueError:
        return False
    return bool(amount.value) and amount.value * 1000 == amount.milli


def _same_server(trigger: Part, reading: _Reading) -> bool:
    """Whether it asks the Prometheus of those before it; a spec knows one."""
    metadata = trigger.at("metadata")
    address = text_at(metadata.value, "serverAddress")
    google = _GOOGLE.match(address)
    wanted: JsonObject = {"project": google.group(1)} if google else {"server": address}
    known = {key: value for key, value in reading.source.items() if key in ("project", "server")}
    if known and known != wanted:
        trigger.tell(NoteKind.LOST, f"asks {address}, and a spec asks one Prometheus: this trigger is left out")
        return False
    reading.source.update(wanted)
    metadata.use("serverAddress")
    if google:
        trigger.use("authenticationRef")
    return True


def _of_server(kind: str, query: str, threshold: str, reading: _Reading) -> JsonObject:
    window = _WINDOW.search(query)
    if window and int(window.group(1)) != _USUAL_WINDOW:
        reading.source["windowSeconds"] = int(window.group(1))
    if kind != "latencyMilliseconds":
        return {kind: threshold}
    percentile = _PERCENTILE.search(query)
    named: JsonObject = {"percentile": int(percentile.group(1))} if percentile and percentile.group(1) != "95" else {}
    return {kind: int(parse_quantity(threshold).value), **named}


def _add(trigger: Part, metric: JsonObject, reading: _Reading) -> None:
    if is_twice(metric, reading.metrics):
        trigger.tell(NoteKind.LOST, "is given by an earlier trigger")
    else:
        reading.metrics.append(metric)
