"""Collects the live objects of a service into one Snapshot."""

from __future__ import annotations

from tfk8s.app.planning import if_allowed, nodes_of
from tfk8s.app.service import ServiceName
from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.manifest.ownership import service_selector, workload_selector
from tfk8s.manifest.scalers import AUTOSCALER, AUTOSCALER_API, KEDA_API, SCALED_OBJECT, name_given_by
from tfk8s.manifest.snapshot import Snapshot, is_ready, name_of, restarts_of
from tfk8s.ports.cluster import Cluster, LogQuery, ObjectQuery

_SERVICE_NAME_LABEL = "kubernetes.io/service-name"
_LOGGED_PODS = 3
"""Pods of one revision fail alike: the logs of a few tell all."""

_LOG = 200


def take_snapshot(name: ServiceName, *, cluster: Cluster, is_thorough: bool = False) -> Snapshot:
    """Read everything that a verdict or a diagnosis needs.

    Logs, events and nodes are read only when some pod is not ready, unless `is_thorough`: then events and nodes always,
    and logs of ready pods too.
    """

    def query(api_version: str, kind: str, **labels: str) -> tuple[JsonObject, ...]:
        wanted = labels or workload
        return cluster.list(ObjectQuery(api_version=api_version, kind=kind, namespace=name.namespace, labels=wanted))

    def get(api_version: str, kind: str, called: str) -> JsonObject | None:
        return cluster.get(ObjectRef(api_version=api_version, kind=kind, namespace=name.namespace, name=called))

    names = name.objects
    workload = dict(names.workload_labels) if names is not None else workload_selector(name.name)
    pods = query("v1", "Pod", **(dict(names.service_labels) if names is not None else service_selector(name.name)))
    waiting = tuple(pod for pod in pods if not is_ready(pod))
    deployment = get("apps/v1", "Deployment", names.deployment if names is not None else name.name)
    own = names.autoscaler if names is not None else name.name
    scaled = if_allowed(lambda: get(KEDA_API, SCALED_OBJECT, name.name), otherwise=None)
    scaler = name_given_by(scaled) if scaled is not None else own
    troubled = is_thorough or bool(waiting) or not pods
    ready = tuple(pod for pod in pods if is_ready(pod)) if is_thorough else ()
    slices = ObjectQuery(
        api_version="discovery.k8s.io/v1",
        kind="EndpointSlice",
        namespace=name.namespace,
        labels={_SERVICE_NAME_LABEL: name.service.name},
    )
    events = ObjectQuery(api_version="v1", kind="Event", namespace=name.namespace)
    return Snapshot(
        deployment=deployment,
        replica_sets=query("apps/v1", "ReplicaSet"),
        pods=pods,
        service=cluster.get(name.service),
        endpoint_slices=cluster.list(slices),
        scaler=if_allowed(lambda: get(AUTOSCALER_API, AUTOSCALER, scaler), otherwise=None),
        scaled_object=scaled,
        events=if_allowed(lambda: cluster.list(events), otherwise=()) if troubled else (),
        nodes=nodes_of(cluster) if troubled else (),
        logs={name_of(pod): _log(pod, cluster=cluster) for pod in (*_youngest(waiting), *_youngest(ready))},
    )


def _youngest(pods: tuple[JsonObject, ...]) -> list[JsonObject]:
    newest_first = sorted(pods, key=lambda pod: text_at(pod, "metadata", "creationTimestamp"), reverse=True)
    return newest_first[:_LOGGED_PODS]


def _log(pod: JsonObject, *, cluster: Cluster) -> tuple[str, ...]:
    """The last lines of its first container: those of the run that ended, then those of the run that goes on."""
    containers = objects_at(pod, "spec", "containers")
    if not containers:
        return ()
    ref, container = Manifest.of({"apiVersion": "v1", "kind": "Pod", **pod}).ref, text_at(containers[0], "name")

    def lines(*, previous: bool) -> tuple[str, ...]:
        return cluster.logs(ref, query=LogQuery(container=container, tail_lines=_LOG, previous=previous))

    none: tuple[str, ...] = ()
    now = if_allowed(lambda: lines(previous=False), otherwise=none)
    before = if_allowed(lambda: lines(previous=True), otherwise=none) if restarts_of(pod) else none
    return (*before, *now)
