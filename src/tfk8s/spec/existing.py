"""What somebody made by hand and tfk8s keeps: names, selectors that cannot change, ports of pods that still run.

Rendered and applied over the original, every object is changed in place: the Deployment keeps its selector, the Service
selects old and new pods alike, and both kinds of pods listen on the same ports while one replaces the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tfk8s.manifest.ownership import service_selector, workload_selector
from tfk8s.spec.expose import PORT_NUMBERS, PortName
from tfk8s.spec.fields import DnsLabel, ObjectName, SelectorLabels
from tfk8s.spec.part import Part

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec

PORT_NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z"
_LOWEST_PORT = 1024
"""The server runs as nobody in particular, who may not open a lower one."""


def _port_name(text: str) -> str:
    if text and not re.match(PORT_NAME, text):
        message = '{text} is no name of a port (lower-case letters, digits and dashes, at most 63): "" for none'
        raise PydanticCustomError("port_name", message, {"text": text})
    return text


ServicePortName: TypeAlias = Annotated[str, AfterValidator(_port_name)]
ServerPort: TypeAlias = Annotated[int, Field(ge=_LOWEST_PORT, le=65535)]


class ExistingSpec(Part):
    """Objects that were there before tfk8s and are kept under their names."""

    deployment: ObjectName | None = None
    """Name of the Deployment; needs `selector`. Default: the service's name."""

    service: DnsLabel | None = None
    """Name of the Service that clients use; needs `selector` or `serviceSelector`. Default: the service's name."""

    autoscaler: ObjectName | None = None
    """Name of the HorizontalPodAutoscaler. Default: the service's name."""

    ingress: ObjectName | None = None
    """Name of the Ingress. Default: the service's name."""

    budget: ObjectName | None = None
    """Name of the PodDisruptionBudget. Default: the service's name."""

    network_policy: ObjectName | None = None
    """Name of the NetworkPolicy. Default: the service's name."""

    selector: SelectorLabels = Field(default_factory=dict)
    """Labels by which the Deployment selects its pods, as `{app: resnet}`; Kubernetes never lets them change. New pods
    carry them beside those of tfk8s."""

    service_selector: SelectorLabels = Field(default_factory=dict)
    """Labels by which the Service selects pods, where they are others than those of the Deployment. Default:
    `selector`."""

    server_ports: Mapping[PortName, ServerPort] = Field(default_factory=dict)
    """Where the server in the pods listens, as `{rest: 8500, grpc: 9000}`, so that the Service leads to old and new
    pods alike. Default: rest 8501, grpc 8500."""

    port_names: Mapping[PortName, ServicePortName] = Field(default_factory=dict)
    """Names of the Service's ports, as `{rest: http}`; "" for none, which Kubernetes allows for a single port.
    Default: rest and grpc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectNames:
    """What the objects of a service are called, and how pods are found, whoever made them first.

    Attributes:
        instance: the service's name, under which all else is called and labelled.
        workload_labels: what the Deployment selects its pods by.
        service_labels: what the Service selects pods by.
        adopted: kind and name of each object that was there before; its fields are taken over whole.
    """

    instance: str
    deployment: str
    service: str
    autoscaler: str
    ingress: str
    budget: str
    network_policy: str
    workload_labels: Mapping[str, str]
    service_labels: Mapping[str, str]
    adopted: frozenset[tuple[str, str]] = frozenset()


_KINDS = {
    "deployment": "Deployment",
    "service": "Service",
    "autoscaler": "HorizontalPodAutoscaler",
    "ingress": "Ingress",
    "budget": "PodDisruptionBudget",
    "network_policy": "NetworkPolicy",
}


def object_names(spec: ServiceSpec) -> ObjectNames:
    """The names and labels of a spec: those that it keeps, else those that follow from its name."""
    kept = spec.existing
    given: dict[str, str | None] = {field: getattr(kept, field) for field in _KINDS}
    return ObjectNames(
        instance=spec.name,
        workload_labels=kept.selector or workload_selector(spec.name),
        service_labels=kept.service_selector or kept.selector or service_selector(spec.name),
        adopted=frozenset((_KINDS[field], name) for field, name in given.items() if name is not None),
        **{field: name or spec.name for field, name in given.items()},
    )


def pod_labels(kept: ExistingSpec) -> dict[str, str]:
    """What pods must carry beside our labels, so that kept selectors find them."""
    return {**kept.service_selector, **kept.selector}


def server_port(spec: ServiceSpec, name: PortName) -> int:
    """Where the server in the pods listens."""
    return spec.existing.server_ports.get(name, PORT_NUMBERS[name])


def service_port(spec: ServiceSpec, name: PortName) -> int:
    """The number that clients of the Service use."""
    return spec.expose.service_ports.get(name, PORT_NUMBERS[name])


def service_port_name(spec: ServiceSpec, name: PortName) -> str:
    """The name of the Service's port, "" for none."""
    return spec.existing.port_names.get(name, name)
