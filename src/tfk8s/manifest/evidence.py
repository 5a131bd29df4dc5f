"""What is known of a service at one moment beyond its Snapshot: what holds it, limits it, scales it and leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tfk8s.manifest.objects import JsonObject
from tfk8s.manifest.registry_answer import ImageAnswer
from tfk8s.manifest.snapshot import Snapshot


class Unread(NamedTuple):
    """Something that could not be looked at, such as nodes, and why."""

    what: str
    why: str


class Source(NamedTuple):
    """A kind that a look at a service lists.

    Attributes:
        key: its name in `Evidence.objects`.
        is_wide: not of a namespace.
        is_mounted: only those that the pods mount are read.
    """

    key: str
    api_version: str
    kind: str
    is_wide: bool = False
    is_mounted: bool = False


SOURCES: Final = (
    Source("claims", "v1", "PersistentVolumeClaim"),
    Source("configMaps", "v1", "ConfigMap", is_mounted=True),
    Source("quotas", "v1", "ResourceQuota"),
    Source("policies", "networking.k8s.io/v1", "NetworkPolicy"),
    Source("budgets", "policy/v1", "PodDisruptionBudget"),
    Source("scalers", "autoscaling/v2", "HorizontalPodAutoscaler"),
    Source("scaledObjects", "keda.sh/v1alpha1", "ScaledObject"),
    Source("ingresses", "networking.k8s.io/v1", "Ingress"),
    Source("gateways", "gateway.networking.k8s.io/v1", "Gateway"),
    Source("routes", "gateway.networking.k8s.io/v1", "HTTPRoute"),
    Source("grpcRoutes", "gateway.networking.k8s.io/v1", "GRPCRoute"),
    Source("ingressClasses", "networking.k8s.io/v1", "IngressClass", is_wide=True),
    Source("nodes", "v1", "Node", is_wide=True),
)
"""What is listed beside the Snapshot; extensions that the cluster does not serve are empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What `diagnose` examines.

    Attributes:
        name: of the service.
        namespace: its own.
        taken_at: when it was read, RFC 3339.
        release: of Kubernetes, as the cluster says it; "" when it does not.
        snapshot: the workload, its Service, events and logs.
        objects: by the keys of `SOURCES`; a key that is absent could not be read.
        unread: what could not be looked at.
        images: what registries say of the images of the service; those that nobody asks about are left out.
        wanted: the Deployment that `apply` would make, where there is none; None without a spec that says it.
    """

    name: str
    namespace: str
    taken_at: str
    snapshot: Snapshot
    release: str = ""
    objects: Mapping[str, tuple[JsonObject, ...]] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()
    images: tuple[ImageAnswer, ...] = ()
    wanted: JsonObject | None = None

    @property
    def deployment(self) -> JsonObject:
        """The one that is there, else the one that would be; {} for neither."""
        return self.snapshot.deployment or self.wanted or {}

    def of(self, key: str) -> tuple[JsonObject, ...]:
        """The objects of a source, () too where they could not be read."""
        return self.objects.get(key, ())
