"""A service that somebody else made, found by the name of its Deployment: its pods and its Service by its labels."""

from __future__ import annotations

from collections.abc import Mapping

from tfk8s.app.planning import if_allowed
from tfk8s.app.service import ServiceName
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import labels_of, object_at
from tfk8s.manifest.ownership import workload_selector
from tfk8s.manifest.selectors import label_terms
from tfk8s.manifest.snapshot import name_of
from tfk8s.ports.cluster import Cluster, ObjectQuery
from tfk8s.spec import ObjectNames


def named_as_found(name: ServiceName, *, cluster: Cluster) -> ServiceName:
    """The same service with the labels and the Service that its Deployment has; as it is when they are ours."""
    if name.objects is not None:
        return name
    ref = ObjectRef(api_version="apps/v1", kind="Deployment", namespace=name.namespace, name=name.name)
    deployment = cluster.get(ref)
    carried = labels_of(object_at(deployment, "spec", "template"))
    labels = dict(label_terms(object_at(deployment, "spec", "selector")))
    if not labels or workload_selector(name.name).items() <= carried.items():
        return name
    called = _service(name, carried=carried, cluster=cluster)
    objects = ObjectNames(
        instance=name.name,
        deployment=name.name,
        service=called,
        autoscaler=name.name,
        ingress=name.name,
        budget=name.name,
        network_policy=name.name,
        workload_labels=labels,
        service_labels=labels,
    )
    return ServiceName(name=name.name, namespace=name.namespace, objects=objects)


def _service(name: ServiceName, *, carried: Mapping[str, str], cluster: Cluster) -> str:
    """The Service that selects the pods, one called as the Deployment before others."""
    query = ObjectQuery(api_version="v1", kind="Service", namespace=name.namespace)
    none: tuple[JsonObject, ...] = ()
    services = if_allowed(lambda: cluster.list(query), otherwise=none)
    selecting = [name_of(each) for each in services if _selects(each, carried)]
    return name.name if name.name in selecting or not selecting else selecting[0]


def _selects(service: JsonObject, carried: Mapping[str, str]) -> bool:
    terms = object_at(service, "spec", "selector")
    return bool(terms) and terms.items() <= carried.items()
