"""The use-case of `tfk8s events`: what happened to the objects of a service, in order, with known causes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tfk8s.app.logs_containers import pods_of
from tfk8s.app.service import ServiceName
from tfk8s.clock import Clock, rfc3339
from tfk8s.diagnose import Finding
from tfk8s.diagnose.event_words import explain_event
from tfk8s.manifest import JsonObject
from tfk8s.manifest.event import CORE_API, EVENTS_API, EventRecord, read_event
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.manifest.scalers import AUTOSCALER, KEDA_API, SCALED_OBJECT, name_given_by
from tfk8s.manifest.snapshot import name_of
from tfk8s.names.printable import one_line
from tfk8s.ports.cluster import Cluster, ClusterUnreachableError, ForbiddenError, ObjectQuery
from tfk8s.render.canary import canary_name
from tfk8s.spec.names import object_name

_KINDS = frozenset(
    {"Deployment", "Service", AUTOSCALER, SCALED_OBJECT, "PodDisruptionBudget", "Ingress", "Gateway", "HTTPRoute"}
    | {"GRPCRoute", "ConfigMap", "NetworkPolicy", "ServiceAccount", "Job", "Endpoints", "ManagedCertificate"}
)
_SUFFIXES = ("canary", "headless", "redirect", "metrics", "config")

_HASH = "[bcdfghjklmnpqrstvwxz2456789]"
"""The letters of generated names: https://github.com/kubernetes/apimachinery/blob/master/pkg/util/rand/rand.go."""


class ServiceEvent(NamedTuple):
    """An event, and what it means where that is known."""

    event: EventRecord
    finding: Finding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventScope:
    """Which events are about a service.

    Attributes:
        names: what its objects are called.
        deployments: what its Deployments are called; pods and ReplicaSets that are gone are known by that.
        claims: the claims that its pods mount.
        pods: the live ones, by name.
    """

    names: frozenset[str]
    deployments: tuple[str, ...]
    claims: frozenset[str]
    pods: dict[str, JsonObject]

    def covers(self, event: EventRecord) -> bool:
        """Whether the event is about an object of the service."""
        kind, name = event.about.kind, event.about.name
        if kind == "Pod":
            return name in self.pods or self._is_generated(name, parts=2)
        if kind == "ReplicaSet":
            return self._is_generated(name, parts=1)
        if kind == "PersistentVolumeClaim":
            return name in self.claims
        return kind in _KINDS and name in self.names

    def _is_generated(self, name: str, *, parts: int) -> bool:
        found = rf"(?:{'|'.join(map(re.escape, self.deployments))})" + rf"(?:-{_HASH}{{1,10}}){{{parts}}}"
        return re.fullmatch(found, name) is not None


def service_events(name: ServiceName, *, cluster: Cluster, warnings_only: bool = False) -> tuple[ServiceEvent, ...]:
    """Events of the service's objects, the oldest first; the API server keeps them for an hour by default.

    Raises:
        ForbiddenError: the login may list events of neither API, or no pods.
        ClusterUnreachableError: nobody answered.
    """
    scope = _scope(name, cluster=cluster)
    found = (read_event(body) for body in _listed(name.namespace, cluster=cluster))
    ours = (event for event in found if scope.covers(event) and (event.is_warning or not warnings_only))
    ordered = sorted(ours, key=lambda event: (event.last, event.first, event.about, event.reason))
    return tuple(ServiceEvent(event, explain_event(event, pod=scope.pods.get(event.about.name))) for event in ordered)


def _listed(namespace: str, *, cluster: Cluster) -> tuple[JsonObject, ...]:
    """By the API that the login may use: each has rights of its own."""
    try:
        return cluster.list(ObjectQuery(api_version=CORE_API, kind="Event", namespace=namespace))
    except ForbiddenError as first:
        try:
            return cluster.list(ObjectQuery(api_version=EVENTS_API, kind="Event", namespace=namespace))
        except ForbiddenError:
            raise first from None


def _scope(name: ServiceName, *, cluster: Cluster) -> EventScope:
    pods = pods_of(name, cluster=cluster)
    objects = name.objects
    own = {name.name, *(object_name(name.name, suffix) for suffix in _SUFFIXES)}
    if objects is not None:
        own |= {objects.deployment, objects.service, objects.autoscaler, objects.ingress, objects.budget}
        own |= {objects.network_policy}
    deployment = objects.deployment if objects is not None else name.name
    metadata: JsonObject = {"metadata": {"name": name.name}, "apiVersion": KEDA_API}
    return EventScope(
        names=frozenset({*own, name_given_by(metadata)}),
        deployments=(deployment, canary_name(name.name)),
        claims=frozenset(
            text_at(volume, "persistentVolumeClaim", "claimName")
            for pod in pods
            for volume in objects_at(pod, "spec", "volumes")
        )
        - {""},
        pods={name_of(pod): pod for pod in pods},
    )


class EventNews(NamedTuple):
    """What a watch found: an event that is new or happened again, or why the cluster could not be asked."""

    seen: ServiceEvent | None
    problem: str = ""


def watch_events(
    name: ServiceName, *, cluster: Cluster, clock: Clock, interval_s: float, warnings_only: bool = False
) -> Iterator[EventNews]:
    """All events, then each that is new or happened again, without an end.

    Raises:
        ForbiddenError: as `service_events`.
        ClusterUnreachableError: at the first look; later it is told once, and the cluster is asked again.
    """
    told: dict[str, tuple[object, int]] = {}
    problem = ""
    is_first = True
    while True:
        try:
            found = service_events(name, cluster=cluster, warnings_only=warnings_only)
        except ClusterUnreachableError as error:
            if is_first:
                raise
            if problem != error.message:
                problem = error.message
                yield EventNews(None, problem)
        else:
            problem = ""
            fresh = [item for item in found if told.get(item.event.uid) != _state(item.event)]
            told = {item.event.uid: _state(item.event) for item in found}  # forgets what the server has forgotten
            yield from (EventNews(item) for item in fresh)
        is_first = False
        clock.sleep(interval_s)


def _state(event: EventRecord) -> tuple[object, int]:
    return event.last, event.times


def event_json(seen: ServiceEvent) -> JsonObject:
    """The stable form of one event."""
    event, finding = seen
    return {
        "time": rfc3339(event.last),
        "firstTime": rfc3339(event.first),
        "count": event.times,
        "type": "Warning" if event.is_warning else "Normal",
        "reason": event.reason,
        "object": {"apiVersion": event.about.api_version, "kind": event.about.kind, "name": event.about.name},
        "message": event.message,
        "reporter": event.reporter or None,
        "code": finding.code if finding is not None else None,
        "cause": finding.cause if finding is not None else None,
        "fix": finding.fix if finding is not None else None,
    }


def event_lines(seen: ServiceEvent) -> Iterator[str]:
    """One line, and two more where the cause is known."""
    event, finding = seen
    often = f" ({event.times} times since {event.first:%H:%M:%S}Z)" if event.times > 1 else ""
    mark = "!" if event.is_warning else " "
    about = f"{event.about.kind}/{event.about.name}"
    yield one_line(f"{rfc3339(event.last)} {mark} {about} {event.reason}{often}: {event.message}")
    if finding is not None:
        yield one_line(f"    cause: {finding.cause}")
        yield one_line(f"    fix:   {finding.fix}")
