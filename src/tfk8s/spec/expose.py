"""Who can reach the service, and on which ports."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tfk8s.spec.fields import Annotations
from tfk8s.spec.part import Part

PortName: TypeAlias = Literal["rest", "grpc"]
PORT_NUMBERS: Mapping[PortName, int] = {"rest": 8501, "grpc": 8500}
"""Ports of the official image's entrypoint, which the Service keeps."""

NodePort: TypeAlias = Annotated[int, Field(ge=30000, le=32767)]


def _cidr(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise PydanticCustomError(
            "cidr", "{text} is no address range: {reason}", {"text": text, "reason": str(error)}
        ) from None


Cidr: TypeAlias = Annotated[str, AfterValidator(_cidr)]


class ExposeSpec(Part):
    """The Service in front of the pods."""

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    """ClusterIP: inside the cluster only; NodePort: on every node; LoadBalancer: an address of its own, open to
    whoever can reach it. Default: ClusterIP, because nothing is public unless asked for."""

    ports: Annotated[tuple[PortName, ...], Field(min_length=1)] = ("rest",)
    """`rest` (8501) and/or `grpc` (8500). Default: rest alone, because the gRPC port also takes configuration
    calls."""

    node_ports: Mapping[PortName, NodePort] = Field(default_factory=dict)
    """Fixed ports on the nodes, as `{rest: 30080}`; for NodePort and LoadBalancer. Default: Kubernetes chooses."""

    source_ranges: tuple[Cidr, ...] = ()
    """Address ranges that may use the load balancer, as `[203.0.113.0/24]`. Default: every address."""

    annotations: Annotations = Field(default_factory=dict)
    """Annotations of the Service alone, for load-balancer controllers."""
