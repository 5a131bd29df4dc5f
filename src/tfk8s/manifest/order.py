"""The order in which objects are applied; pruning goes the other way round.

An object comes after everything that it needs at its creation: a namespace before what is in it, the policy that fences
a pod, its identity and its configuration before the pod, the Service before the pods that it will find, and what reads
the workload (autoscaler, disruption budget) after it. What lets the world in comes last: a load balancer's settings,
then the load balancer and who may ask through it, then its routes. Nothing waits for what collects metrics.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise

from tfk8s.errors import InputError
from tfk8s.manifest.objects import Manifest, Manifests, ObjectRef

_KINDS = (
    "Namespace",
    "CustomResourceDefinition",
    "PriorityClass",
    "StorageClass",
    "ResourceQuota",
    "LimitRange",
    "NetworkPolicy",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Secret",
    "ConfigMap",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Service",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "BackendConfig",
    "FrontendConfig",
    "ManagedCertificate",
    "Ingress",
    "Gateway",
    "HTTPRoute",
    "GRPCRoute",
    "HealthCheckPolicy",
    "GCPBackendPolicy",
    "BackendTrafficPolicy",
    "PodMonitoring",
)
_BESIDE = {
    "TriggerAuthentication": "PodDisruptionBudget",
    "ScaledObject": "HorizontalPodAutoscaler",
    "Rules": "PodMonitoring",
    "PodMonitor": "PodMonitoring",
    "ServiceMonitor": "PodMonitoring",
    "PrometheusRule": "PodMonitoring",
    "SecurityPolicy": "Gateway",
    "ServiceExport": "Ingress",
    "GCPBackendPolicy": "Gateway",
}
"""Kinds with the place of another one: ranks are in the names of files, which a new kind must not change."""

_RANKS = {kind: rank for rank, kind in enumerate(_KINDS)}
_RANKS |= {kind: _RANKS[other] for kind, other in _BESIDE.items()}
_UNKNOWN = len(_KINDS)
"""A kind that we do not know may need any of those that we know, and none of them needs it."""


def apply_rank(ref: ObjectRef) -> int:
    """The place of a kind in the order; lower is applied earlier and deleted later."""
    return _RANKS.get(ref.kind, _UNKNOWN)


def is_needed_by_pods(ref: ObjectRef) -> bool:
    """Whether a kind stands before the Service and the pods behind it because these need it at their creation."""
    return apply_rank(ref) < _RANKS["Service"]


def namespaces_once(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Keep one Namespace of each name, where the first stood: services that share one bring it each.

    Which one is kept follows from their contents alone, so that two sides of a comparison keep the same.
    """
    kept: dict[ObjectRef | int, Manifest] = {}
    for number, manifest in enumerate(manifests):
        key = manifest.ref if manifest.ref.kind == "Namespace" else number
        kept[key] = min(kept[key], manifest, key=_text) if key in kept else manifest
    return tuple(kept.values())


def _text(manifest: Manifest) -> str:
    return json.dumps(manifest.body, sort_keys=True)


def in_apply_order(manifests: Iterable[Manifest]) -> Manifests:
    """Sort by rank, then by reference, so that the order is total and does not depend on the input's.

    Raises:
        InputError: two manifests name the same object.
    """
    ordered = tuple(sorted(manifests, key=lambda manifest: (apply_rank(manifest.ref), manifest.ref)))
    for one, other in pairwise(ordered):
        if one.ref == other.ref:
            raise InputError(f"{one.ref} is there twice", hint="keep one of the two")
    return ordered
