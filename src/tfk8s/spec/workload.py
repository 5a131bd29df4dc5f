"""What a pod needs and where it runs: resources, life cycle, placement, disruption, network, identity."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tfk8s.spec.fields import (
    Annotations,
    AutoMemory,
    AutoSeconds,
    Cpu,
    LabelKey,
    LabelValue,
    ObjectName,
    SelectorLabels,
)
from tfk8s.spec.part import Part
from tfk8s.spec.peer import Peer
from tfk8s.spec.quantity import parse_quantity


class ResourcesSpec(Part):
    """What one pod gets; request and limit are the same, so that its speed does not depend on its neighbours."""

    cpu: Cpu = parse_quantity(1)
    """Cores, as `2` or `500m`; the server's thread pools follow it. Default: 1, which fits every node."""

    memory: AutoMemory = "auto"
    """Bytes, as `4Gi`, or `auto`: computed from the model's size with two versions in flight; the rendered file
    explains the number."""

    gpu: Annotated[int, Field(ge=0, le=16)] = 0
    """Number of NVIDIA GPUs; needs a `-gpu` image. Default: 0."""


class LifecycleSpec(Part):
    """How long a pod may take to start and to stop."""

    drain_seconds: Annotated[int, Field(ge=0, le=600)] = 15
    """Seconds that a stopping pod goes on serving, so that endpoints and load balancers forget it first. Default:
    15, longer than endpoints take to spread in a healthy cluster; 60 behind an Ingress or a Gateway of GKE."""

    startup_seconds: AutoSeconds = "auto"
    """Seconds that a pod may take to load its models before it is restarted. auto: from the models' size and the
    retries."""

    timeout_seconds: AutoSeconds = "auto"
    """Seconds that `apply` waits for the whole roll-out. auto: from the start-up time and the number of pods."""


class Toleration(Part):
    """A taint that the pods accept, as Kubernetes writes it."""

    key: LabelKey | None = None
    """Taint key; absent with operator Exists: every taint."""

    operator: Literal["Equal", "Exists"] = "Equal"
    """Equal compares `value`; Exists takes any value."""

    value: LabelValue | None = None
    """Taint value for Equal."""

    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Taint effect; absent: every effect."""

    toleration_seconds: Annotated[int, Field(ge=0)] | None = None
    """Seconds until a NoExecute taint evicts the pod after all; absent: never."""


class PlacementSpec(Part):
    """On which nodes the pods run."""

    node_selector: SelectorLabels = Field(default_factory=dict)
    """Labels that a node must have."""

    tolerations: tuple[Toleration, ...] = ()
    """Taints that the pods accept; the GPU taint is added by itself."""

    spread: bool = True
    """Whether pods keep apart over nodes and zones, as far as there is room."""


class NetworkPolicySpec(Part):
    """Which connections reach the pods."""

    enabled: bool = True
    """Whether a NetworkPolicy closes every port but those that serve."""

    allow_from: tuple[Peer, ...] = ()
    """Who may use the serving ports. Default: everybody who can reach the service."""


GOOGLE_ACCOUNT = r"[a-z](?:[a-z0-9-]{4,28}[a-z0-9])@[a-z0-9.:-]+\.gserviceaccount\.com\Z"


def _google_account(text: str) -> str:
    if text != "none" and not re.match(GOOGLE_ACCOUNT, text):
        message = "{text} is no Google service account: write name@project.iam.gserviceaccount.com, or none"
        raise PydanticCustomError("google_account", message, {"text": text})
    return text


class ServiceAccountSpec(Part):
    """The identity of the pods; they get no Kubernetes token."""

    name: ObjectName = ""
    """Name of the ServiceAccount. Default: the service's name; with `create: false`, default."""

    create: bool = True
    """Whether it is made; with false it must exist."""

    google_service_account: Annotated[str, AfterValidator(_google_account)] | None = None
    """For gs:// sources: the Google service account that reads the bucket, or `none` where the bucket is public or
    readable by the Kubernetes account or the nodes."""

    annotations: Annotations = Field(default_factory=dict)
    """Annotations of the ServiceAccount alone."""


DisruptionBudget: TypeAlias = Literal["auto", "none"]
