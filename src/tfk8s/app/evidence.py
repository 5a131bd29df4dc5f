"""Collects everything that explains a service into one Evidence; what cannot be read is part of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tfk8s.app.service import ServiceName
from tfk8s.app.snapshot import take_snapshot
from tfk8s.clock import Clock
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.evidence import SOURCES, Evidence, Source, Unread
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.ports.cluster import Cluster, ForbiddenError, ObjectQuery

_EXTENSIONS = ("keda.sh", "gateway.networking.k8s.io")
_NODES = "nodes"
"""The one source that is part of a Snapshot too."""


@dataclass
class _Reading:
    objects: dict[str, tuple[JsonObject, ...]] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)


def take_evidence(name: ServiceName, *, cluster: Cluster, clock: Clock) -> Evidence:
    """Read a service and what is around it; nothing is changed.

    Raises:
        ForbiddenError: the login may not read the Deployment, its ReplicaSets, pods or Service.
        ClusterUnreachableError: nobody answers.
    """
    reading = _Reading()
    snapshot = take_snapshot(name, cluster=cluster, is_thorough=True)
    for source in SOURCES:
        if source.key == _NODES and snapshot.nodes:
            reading.objects[_NODES] = snapshot.nodes
        elif source.is_mounted:
            _read_mounted(source, deployment=snapshot.deployment, cluster=cluster, into=reading)
        else:
            _read(source, namespace=name.namespace, cluster=cluster, into=reading)
    if not snapshot.events:
        _note_events(name.namespace, cluster=cluster, into=reading)
    return Evidence(
        name=name.name,
        namespace=name.namespace,
        taken_at=clock.utc_now().isoformat(),
        release=cluster.release(),
        snapshot=snapshot,
        objects=reading.objects,
        unread=tuple(reading.unread),
    )


def _read(source: Source, *, namespace: str, cluster: Cluster, into: _Reading) -> None:
    group = source.api_version.rpartition("/")[0]
    if group in _EXTENSIONS and not cluster.serves(api_version=source.api_version, kind=source.kind):
        into.objects[source.key] = ()
        return
    query = ObjectQuery(api_version=source.api_version, kind=source.kind, namespace="" if source.is_wide else namespace)
    try:
        into.objects[source.key] = cluster.list(query)
    except ForbiddenError as error:
        into.unread.append(Unread(what=source.kind, why=error.message))


def _read_mounted(source: Source, *, deployment: JsonObject | None, cluster: Cluster, into: _Reading) -> None:
    pod = object_at(deployment, "spec", "template", "spec")
    names = dict.fromkeys(text_at(volume, "configMap", "name") for volume in objects_at(pod, "volumes"))
    refs = [
        ObjectRef(
            api_version=source.api_version,
            kind=source.kind,
            namespace=text_at(deployment, "metadata", "namespace"),
            name=name,
        )
        for name in names
        if name
    ]
    try:
        bodies = [cluster.get(ref) for ref in refs]
    except ForbiddenError as error:
        into.unread.append(Unread(what=source.kind, why=error.message))
        return
    into.objects[source.key] = tuple(body for body in bodies if body is not None)


def _note_events(namespace: str, *, cluster: Cluster, into: _Reading) -> None:
    """A snapshot cannot tell no events from events that may not be read."""
    try:
        cluster.list(ObjectQuery(api_version="v1", kind="Event", namespace=namespace))
    except ForbiddenError as error:
        into.unread.append(Unread(what="Event", why=error.message))
