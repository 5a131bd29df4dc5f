"""What runs in a cluster that is to be deleted: what goes with it, and what outlives it."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.ports.cluster import Cluster, ObjectQuery

_FRONTS = (
    ("v1", "Service"),
    ("networking.k8s.io/v1", "Ingress"),
    ("gateway.networking.k8s.io/v1", "Gateway"),
)
_WORKLOADS = ("Deployment", "StatefulSet")


def fronts_in(cluster: Cluster) -> Iterator[tuple[ObjectRef, JsonObject]]:
    """Objects for which a cloud makes a load balancer, which outlives the cluster and is billed on."""
    for api_version, kind in _FRONTS:
        for item in cluster.list(ObjectQuery(api_version=api_version, kind=kind)):
            if kind != "Service" or text_at(item, "spec", "type") == "LoadBalancer":
                yield _ref(item, api_version=api_version, kind=kind), item


def workloads_in(cluster: Cluster) -> Iterator[ObjectRef]:
    """Workloads that are not the system's own."""
    for kind in _WORKLOADS:
        for item in cluster.list(ObjectQuery(api_version="apps/v1", kind=kind)):
            ref = _ref(item, api_version="apps/v1", kind=kind)
            if not _is_system(ref.namespace or ""):
                yield ref


def outliving(front: ObjectRef) -> str:
    """The line for a load balancer of others."""
    return f"{front}, whose load balancer may stay and be billed: delete it first"


def _is_system(namespace: str) -> bool:
    return namespace in ("local-path-storage", "gmp-system") or namespace.startswith(("kube-", "gke-"))


def _ref(item: JsonObject, *, api_version: str, kind: str) -> ObjectRef:
    namespace, name = text_at(item, "metadata", "namespace"), text_at(item, "metadata", "name")
    return ObjectRef(api_version=api_version, kind=kind, namespace=namespace, name=name)
