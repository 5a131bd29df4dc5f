"""Everything a user may write, validated once.

`load_spec` reads a file into a `ServiceSpec`; Python code may build one with keyword arguments (attribute names) and
gets the same checks. Attributes are snake_case, keys in the file are camelCase. All parts are frozen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.spec.auth import ApiKeysSpec, AuthSpec, IapSpec, JwtSpec, LimitsSpec
from tfk8s.spec.existing import ExistingSpec, ObjectNames, object_names
from tfk8s.spec.expose import PORT_NUMBERS, ExposeSpec, GatewaySpec, IngressSpec, PortName, TlsSpec
from tfk8s.spec.flags import SERVER_FLAGS, FlagValue, ServerFlag, flag_text
from tfk8s.spec.image import ImageSpec
from tfk8s.spec.loader import load_environments, load_regions, load_spec, load_whole
from tfk8s.spec.metrics import CpuMetric, MemoryMetric, Metric
from tfk8s.spec.model import BucketSource, ClaimSource, ImageSource, LocalSource, ModelSpec, Source, Versions
from tfk8s.spec.names import MAX_NAME, legal_name, object_name
from tfk8s.spec.peer import Peer
from tfk8s.spec.quantity import Quantity, parse_quantity
from tfk8s.spec.regions import Region
from tfk8s.spec.scaling import Autoscaled, Behavior, Fixed, Scaling
from tfk8s.spec.server import BatchingSpec, ServingSpec
from tfk8s.spec.service import API_VERSION, ServiceSpec
from tfk8s.spec.workload import (
    LifecycleSpec,
    NetworkPolicySpec,
    PlacementSpec,
    ResourcesSpec,
    ServiceAccountSpec,
    Toleration,
)

if TYPE_CHECKING:
    from tfk8s.spec.cluster import ClusterSpec, GkeCluster, KindCluster
    from tfk8s.spec.gitops import ArgoCdSpec, FluxImagesSpec, FluxSpec, GitOpsSpec
    from tfk8s.spec.region_rollout import RolloutSpec
    from tfk8s.spec.scaling_pace import PacePolicy, PaceSpec
    from tfk8s.spec.scaling_source import MetricSource, ScheduleSpec, WakeSpec
    from tfk8s.spec.server_metrics import (
        ContainerCpuMetric,
        ContainerMemoryMetric,
        ExternalMetric,
        ExternalSource,
        InFlightMetric,
        LatencyMetric,
        RequestsMetric,
    )

__all__ = [
    "API_VERSION",
    "MAX_NAME",
    "PORT_NUMBERS",
    "SERVER_FLAGS",
    "ApiKeysSpec",
    "ArgoCdSpec",
    "AuthSpec",
    "Autoscaled",
    "BatchingSpec",
    "Behavior",
    "BucketSource",
    "ClaimSource",
    "ClusterSpec",
    "ContainerCpuMetric",
    "ContainerMemoryMetric",
    "CpuMetric",
    "ExistingSpec",
    "ExposeSpec",
    "ExternalMetric",
    "ExternalSource",
    "Fixed",
    "FlagValue",
    "FluxImagesSpec",
    "FluxSpec",
    "GatewaySpec",
    "GitOpsSpec",
    "GkeCluster",
    "IapSpec",
    "ImageSource",
    "ImageSpec",
    "InFlightMetric",
    "IngressSpec",
    "JwtSpec",
    "KindCluster",
    "LatencyMetric",
    "LifecycleSpec",
    "LimitsSpec",
    "LocalSource",
    "MemoryMetric",
    "Metric",
    "MetricSource",
    "ModelSpec",
    "NetworkPolicySpec",
    "ObjectNames",
    "PacePolicy",
    "PaceSpec",
    "Peer",
    "PlacementSpec",
    "PortName",
    "Quantity",
    "Region",
    "RequestsMetric",
    "ResourcesSpec",
    "RolloutSpec",
    "Scaling",
    "ScheduleSpec",
    "ServerFlag",
    "ServiceAccountSpec",
    "ServiceSpec",
    "ServingSpec",
    "Source",
    "TlsSpec",
    "Toleration",
    "Versions",
    "WakeSpec",
    "flag_text",
    "legal_name",
    "load_environments",
    "load_regions",
    "load_spec",
    "load_whole",
    "object_name",
    "object_names",
    "parse_quantity",
]


_FURTHER = {
    "cluster": ("ClusterSpec", "GkeCluster", "KindCluster"),
    "gitops": ("ArgoCdSpec", "FluxImagesSpec", "FluxSpec", "GitOpsSpec"),
    "region_rollout": ("RolloutSpec",),
    "scaling_pace": ("PacePolicy", "PaceSpec"),
    "scaling_source": ("MetricSource", "ScheduleSpec", "WakeSpec"),
    "server_metrics": (
        "ContainerCpuMetric",
        "ContainerMemoryMetric",
        "ExternalMetric",
        "ExternalSource",
        "InFlightMetric",
        "LatencyMetric",
        "RequestsMetric",
    ),
}
"""Module and what it has."""


def __getattr__(name: str) -> object:
    """Load what few specs have when it is asked for; `tfk8s.spec.deferred` says why."""
    from importlib import import_module

    for module, names in _FURTHER.items():
        if name in names:
            return getattr(import_module(f"tfk8s.spec.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
