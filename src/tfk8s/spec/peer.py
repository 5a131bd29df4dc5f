"""Who calls: pods, or an address range."""

from __future__ import annotations

import ipaddress
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tfk8s.spec.fields import ObjectName, SelectorLabels
from tfk8s.spec.part import Part


def _cidr(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise PydanticCustomError(
            "cidr", "{text} is no address range: {reason}", {"text": text, "reason": str(error)}
        ) from None


Cidr: TypeAlias = Annotated[str, AfterValidator(_cidr)]


class Peer(Part):
    """Who may call: pods of a namespace, pods with labels, both at once, or an address range."""

    namespace: ObjectName | None = None
    """Name of a namespace; absent with `podLabels`: the service's own."""

    pod_labels: SelectorLabels = Field(default_factory=dict)
    """Labels that the calling pods must have."""

    cidr: Cidr | None = None
    """Address range, as `10.0.0.0/8`; excludes the other two."""
