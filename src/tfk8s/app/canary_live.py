"""A canary in the cluster: its objects, and the record that its Deployment carries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tfk8s.app.carry_out import World, wait_gone
from tfk8s.app.service import ServiceName
from tfk8s.clock import ticks
from tfk8s.errors import PreconditionError, WaitTimeoutError
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import labels_of, object_at, text_at
from tfk8s.manifest.ownership import CANARY, COMPONENT_LABEL, MANAGED_BY_LABEL, MANAGER, VERSIONS_MANAGER, is_owned
from tfk8s.manifest.snapshot import is_leaving
from tfk8s.ports import ObjectChanged, Waiting
from tfk8s.ports.cluster import ApplyOptions, Cluster, ObjectQuery
from tfk8s.render.canary import canary_name, canary_refs, routes_of, with_backend
from tfk8s.rollout.canary_record import CANARY_ANNOTATION, CanaryRecord, read_record, write_record

_ANY = {COMPONENT_LABEL: CANARY, MANAGED_BY_LABEL: MANAGER}
"""All canaries of a namespace: a command about many services lists them once."""

_RECORDING = ApplyOptions(field_manager=VERSIONS_MANAGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCanary:
    """The Deployment of a canary, and what it carries; None for one that was made and not yet begun."""

    deployment: JsonObject
    record: CanaryRecord | None

    @property
    def is_leaving(self) -> bool:
        """Whether it is being deleted."""
        return is_leaving(self.deployment)


def canary_ref(name: ServiceName) -> ObjectRef:
    """The Deployment of the canary of a service."""
    return ObjectRef(api_version="apps/v1", kind="Deployment", namespace=name.namespace, name=canary_name(name.name))


def live_canary(name: ServiceName, *, cluster: Cluster) -> LiveCanary | None:
    """The canary of a service, None when it has none.

    Raises:
        PreconditionError: its record cannot be read.
    """
    query = ObjectQuery(api_version="apps/v1", kind="Deployment", namespace=name.namespace, labels=_ANY)
    found = (body for body in cluster.list(query) if is_canary(body, name=name))
    body = next((body for body in found if Manifest.of(body).ref == canary_ref(name)), None)
    if body is None:
        return None
    text = text_at(body, "metadata", "annotations", CANARY_ANNOTATION)
    return LiveCanary(deployment=body, record=read_record(text))


def require_no_canary(name: ServiceName, *, cluster: Cluster) -> None:
    """Refuse to move a label beside a canary, whose pods would go on answering for it with their own version.

    Raises:
        PreconditionError: a canary is there, or its record cannot be read.
    """
    found = live_canary(name, cluster=cluster)
    if found is None or found.is_leaving:
        return
    record = found.record
    what = f"a canary of version {record.version} of {record.model}" if record is not None else "a canary"
    raise PreconditionError(
        f"{what} is running beside {name.name}; its pods would go on answering with their own version",
        hint="let it end, or remove it with tfk8s versions canary --abort",
    )


def is_canary(body: JsonObject, *, name: ServiceName) -> bool:
    """Whether an object is part of a canary of the service."""
    labels = labels_of(body)
    return is_owned(labels, instance=name.name) and labels.get(COMPONENT_LABEL) == CANARY


def left_objects(name: ServiceName, *, cluster: Cluster) -> Iterator[tuple[ObjectRef, str]]:
    """Everything of a canary that is there, with its uid, in apply order."""
    for ref in canary_refs(name=name.name, namespace=name.namespace):
        body = cluster.get(ref)
        if body is not None and is_canary(body, name=name):
            yield ref, text_at(body, "metadata", "uid")


def make_canary(objects: Manifests, record: CanaryRecord, *, name: ServiceName, world: World) -> None:
    """Make the objects, then write the record; repeated, it changes nothing.

    Raises:
        PreconditionError: something else has one of the names; nothing was changed.
        ClusterRejectedError: the server refused one.
    """
    for item in objects:
        live = world.cluster.get(item.ref)
        if live is not None and not is_canary(live, name=name):
            raise PreconditionError(
                f"{item.ref} is there already and is no canary of {name.name}", hint="rename or delete it first"
            )
    world.admit(objects)
    for item in objects:
        world.cluster.apply(item)
        world.reporter.emit(ObjectChanged(ref=item.ref, action="create"))
    write_down(record, name=name, cluster=world.cluster)


def write_down(record: CanaryRecord, *, name: ServiceName, cluster: Cluster) -> None:
    """Write the record over what the Deployment carries; nothing but this annotation is touched."""
    cluster.apply(_noted(record, name=name), options=_RECORDING)


def _noted(record: CanaryRecord, *, name: ServiceName) -> Manifest:
    ref = canary_ref(name)
    metadata: JsonObject = {
        "name": ref.name,
        "namespace": ref.namespace,
        "annotations": {CANARY_ANNOTATION: write_record(record)},
    }
    return Manifest(ref=ref, body={"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata})


def drain_canary(record: CanaryRecord, *, name: ServiceName, world: World, timeout_s: float) -> None:
    """Take the pods away, which drain as in any rollout; the record stays until all else is gone.

    Raises:
        WaitTimeoutError: pods are still there; running the command again goes on.
    """
    noted = _noted(record, name=name)
    scaled = Manifest(ref=noted.ref, body={**noted.body, "spec": {"replicas": 0}})
    world.cluster.apply(scaled, options=ApplyOptions(field_manager=VERSIONS_MANAGER, force_conflicts=True))
    told = False
    for _ in ticks(world.clock, timeout_s=timeout_s, interval_s=1.0):
        live = world.cluster.get(noted.ref)
        left = _pods(live, cluster=world.cluster) if live is not None else 0
        if not left:
            return
        if not told:
            told = True
            world.reporter.emit(Waiting(what="the end of the canary's pods", reasons=(f"{left} are there",)))
    raise WaitTimeoutError(
        f"pods of {noted.ref} are still there after {timeout_s:.0f} s",
        hint="nothing else was touched: run the command again to go on waiting",
    )


def _pods(deployment: JsonObject, *, cluster: Cluster) -> int:
    selector = object_at(deployment, "spec", "selector", "matchLabels")
    labels = {key: value for key, value in selector.items() if isinstance(value, str)}
    namespace = text_at(deployment, "metadata", "namespace")
    return len(cluster.list(ObjectQuery(api_version="v1", kind="Pod", namespace=namespace, labels=labels)))


def remove_canary(name: ServiceName, *, world: World, timeout_s: float) -> None:
    """Delete what there is of a canary, its Deployment with the record last.

    Raises:
        WaitTimeoutError: something is still there; running the command again goes on.
    """
    found = sorted(left_objects(name, cluster=world.cluster), key=lambda item: item[0].kind == "Deployment")
    for ref, uid in found:
        world.cluster.delete(ref, uid=uid)
        wait_gone(ref, uid=uid, world=world, timeout_s=timeout_s)
        world.reporter.emit(ObjectChanged(ref=ref, action="delete"))


def shared_routes(routes: Manifests, record: CanaryRecord | None, *, name: ServiceName) -> Manifests:
    """Routes as they are to be beside a canary: with its part of the requests while it is observed or promoted."""
    if record is None or record.phase not in ("observing", "promoting"):
        return routes
    canary = canary_name(name.name)
    return tuple(
        with_backend(route, service=name.service.name, canary=canary, weight=record.weight) for route in routes
    )


def beside_canary(manifests: Manifests, record: CanaryRecord | None, *, name: ServiceName) -> Manifests:
    """The objects of a service as they are to be while a canary is there: its routes lead to both."""
    shared = {route.ref: route for route in shared_routes(routes_of(manifests), record, name=name)}
    return tuple(shared.get(item.ref, item) for item in manifests)


def as_service(name: ServiceName, *, labels: dict[str, str]) -> ServiceName:
    """The canary as if it were a service, for whoever looks at the objects of one."""
    assert name.objects is not None  # noqa: S101 - names come from a spec
    called = canary_name(name.name)
    objects = replace(
        name.objects,
        deployment=called,
        autoscaler=called,
        workload_labels=labels,
        service_labels=labels,
    )
    return ServiceName(name=name.name, namespace=name.namespace, objects=objects)
