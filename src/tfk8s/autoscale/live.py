"""What is there around a live autoscaler, as plain objects, and the controller's view of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tfk8s.autoscale.config import Flags
from tfk8s.autoscale.pods import Phase, Pod, Readiness, Sample
from tfk8s.autoscale.proposal import Scale
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import condition_of, integer_at, object_at, objects_at, text_at, time_at, value_at
from tfk8s.spec.quantity import parse_quantity

RESOURCE_METRICS: Final = "metrics.k8s.io"
CUSTOM_METRICS: Final = "custom.metrics.k8s.io"
EXTERNAL_METRICS: Final = "external.metrics.k8s.io"

_DURATION: Final = re.compile(r"(?P<number>[0-9.]+)(?P<unit>h|ms|m|s|us|µs|ns)")
_SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DEFAULT_FLAGS: Final = Flags()


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsApi:
    """One of the three APIs that metrics come from.

    Attributes:
        is_registered: Whether anything claims to serve it.
        is_available: Whether what serves it answers.
        message: Why it does not, in the API server's words.
    """

    is_registered: bool
    is_available: bool
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveScaler:
    """A HorizontalPodAutoscaler and what decides about it, at one moment.

    Attributes:
        scaler: It.
        taken_at: When all this was read.
        release: Of the API server, major and minor number.
        target: What it scales; None: absent.
        pods: That the target's selector finds.
        events: About it, and about the ScaledObject that it is made of.
        pod_metrics: `PodMetrics` of those pods; None: could not be read.
        apis: By group, those that its metrics need; one that is absent here could not be looked at.
        siblings: Other HorizontalPodAutoscalers on the same target.
        scaled_object: KEDA's object that it is made of.
        rival_objects: Other ScaledObjects on the same target.
        notes: What could not be read, and why.
    """

    scaler: JsonObject
    taken_at: datetime
    release: tuple[int, int]
    target: JsonObject | None
    pods: tuple[JsonObject, ...] = ()
    events: tuple[JsonObject, ...] = ()
    pod_metrics: tuple[JsonObject, ...] | None = None
    apis: Mapping[str, MetricsApi] = field(default_factory=dict)
    siblings: tuple[JsonObject, ...] = ()
    scaled_object: JsonObject | None = None
    rival_objects: tuple[JsonObject, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def now(self) -> float:
        """Seconds, on the clock that the controller's times are told in."""
        return self.taken_at.timestamp()

    @property
    def scale(self) -> Scale:
        """Replicas that the target asks for and has."""
        if self.target is None:
            current = integer_at(self.scaler, "status", "currentReplicas")
            return Scale(spec=current, status=current)
        return Scale(
            spec=integer_at(self.target, "spec", "replicas", default=1),
            status=integer_at(self.target, "status", "replicas"),
        )

    @property
    def target_name(self) -> str:
        """As in `Deployment/resnet`."""
        ref = object_at(self.scaler, "spec", "scaleTargetRef")
        return f"{text_at(ref, 'kind')}/{text_at(ref, 'name')}"


def pod_of(body: JsonObject, *, resource: str, container: str = "", flags: Flags = _DEFAULT_FLAGS) -> Pod:
    """Read one pod as the controller does for a metric; `resource` "": a metric that is none."""
    condition = condition_of(body, "Ready")
    started, changed = time_at(body, "status", "startTime"), time_at(condition, "lastTransitionTime")
    return Pod(
        name=text_at(body, "metadata", "name"),
        phase=_phase(text_at(body, "status", "phase")),
        readiness=Readiness(text_at(condition, "status")) if condition else Readiness.ABSENT,
        is_leaving=bool(text_at(body, "metadata", "deletionTimestamp")),
        started_at=started.timestamp() if started else None,
        readiness_since=changed.timestamp() if changed else 0.0,
        request_milli=request_of(body, resource=resource, container=container, flags=flags) if resource else 0,
    )


def request_of(body: JsonObject, *, resource: str, container: str, flags: Flags) -> int | None:
    """Return what a pod requests of a resource in thousandths; None: something of it requests nothing."""
    whole = object_at(body, "spec", "resources", "requests")
    if not container and whole:
        return _milli(value_at(whole, resource))
    wanted = [item for item in counted_containers(body) if container in ("", text_at(item, "name"))]
    if container and not wanted:
        return None if flags.requires_container else 0
    requests = [_milli(value_at(item, "resources", "requests", resource)) for item in wanted]
    known = [request for request in requests if request is not None]
    return sum(known) if len(known) == len(requests) else None


def counted_containers(body: JsonObject) -> tuple[JsonObject, ...]:
    """Return the containers whose requests count: all that run beside each other."""
    sidecars = (
        item for item in objects_at(body, "spec", "initContainers") if text_at(item, "restartPolicy") == "Always"
    )
    return (*objects_at(body, "spec", "containers"), *sidecars)


def samples_of(metrics: tuple[JsonObject, ...], *, resource: str, container: str = "") -> dict[str, Sample]:
    """Return the samples of a resource by pod; a pod one of whose containers lacks it has none."""
    found: dict[str, Sample] = {}
    for item in metrics:
        containers = [each for each in objects_at(item, "containers") if container in ("", text_at(each, "name"))]
        values = [_milli(value_at(each, "usage", resource)) for each in containers]
        known = [value for value in values if value is not None]
        taken = time_at(item, "timestamp")
        if values and len(known) == len(values) and taken is not None:
            sample = Sample(milli=sum(known), taken_at=taken.timestamp(), window_s=seconds_of(text_at(item, "window")))
            found[text_at(item, "metadata", "name")] = sample
    return found


def seconds_of(duration: str) -> float:
    """Read a Go duration, as in `1m2.5s`; 0 where it is none."""
    return sum(float(part["number"]) * _SECONDS[part["unit"]] for part in _DURATION.finditer(duration))


def _milli(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return parse_quantity(value).milli
    except ValueError:
        return None


def _phase(text: str) -> Phase:
    return Phase(text) if text in {each.value for each in Phase} else Phase.UNKNOWN
