"""Kinds of fields that a cluster of GKE is made of: names, places, labels and ranges as Google writes them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, Union

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

OWNER_LABEL = "managed-by"
"""Resource label of what this tool made; `app.kubernetes.io/managed-by` is no form that Google takes."""

_ZONE = re.compile(r"[a-z]+-[a-z]+[0-9]+-[a-z]\Z")
_LOCATION = re.compile(r"[a-z]+-[a-z]+[0-9]+(?:-[a-z])?\Z")
_CLUSTER = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")
_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]\Z")
_RESOURCE = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NETWORK = re.compile(rf"(?:projects/[^/\s]+/global/networks/)?{_RESOURCE}\Z")
_SUBNETWORK = re.compile(rf"(?:projects/[^/\s]+/regions/[^/\s]+/subnetworks/)?{_RESOURCE}\Z")
_MACHINE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+\Z")
_GPU = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+\Z")
_VERSION = re.compile(r"(?:latest|[0-9]+\.[0-9]+(?:\.[0-9]+(?:-gke\.[0-9]+)?)?)\Z")
_SCOPE = re.compile(r"(?:cloud-platform|https://www\.googleapis\.com/auth/[a-z._-]+)\Z")
_ACCOUNT = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?@[a-z0-9.:-]+\.gserviceaccount\.com\Z")
# https://cloud.google.com/resource-manager/docs/labels-overview#requirements
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}\Z")


def is_zone(location: str) -> bool:
    """Whether a place is a zone (`us-central1-b`) and no region (`us-central1`)."""
    return _ZONE.match(location) is not None


def region_of(location: str) -> str:
    """Region of a zone; a region is its own."""
    return location.rpartition("-")[0] if is_zone(location) else location


def _matching(pattern: re.Pattern[str], rule: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.match(text):
            raise PydanticCustomError("form", "{text} is no {rule}", {"text": text, "rule": rule})
        return text

    return AfterValidator(check)


def _free_label(key: str) -> str:
    if key == OWNER_LABEL:
        raise PydanticCustomError("key", "{text} is set by tfk8s: choose another key", {"text": key})
    return key


def _control_plane_range(text: str) -> str:
    network = _network(text)
    if network is None or network.version != 4 or network.prefixlen != 28:
        message = "{text} is no IPv4 range of 16 addresses: write one such as 172.16.0.0/28"
        raise PydanticCustomError("range", message, {"text": text})
    return str(network)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def _authorized(value: object) -> AuthorizedNetworks:
    if value == "anyone":
        return "anyone"
    message = "must be anyone, or a list of address ranges such as [203.0.113.0/24]"
    if not isinstance(value, (list, tuple)) or not value:
        raise PydanticCustomError("authorized", message)
    ranges: list[str] = []
    for item in value:
        network = _network(item) if isinstance(item, str) else None
        if network is None:
            raise PydanticCustomError("authorized", message)
        ranges.append(str(network))
    return tuple(ranges)


def _plain_authorized(value: AuthorizedNetworks) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


AuthorizedNetworks: TypeAlias = Union[Literal["anyone"], tuple[str, ...]]
_AUTHORIZED_SCHEMA = {
    "anyOf": [{"const": "anyone"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
}

ProjectId: TypeAlias = Annotated[str, _matching(_PROJECT, "project id, such as my-project-123")]
Location: TypeAlias = Annotated[str, _matching(_LOCATION, "region or zone, such as us-central1 or us-central1-b")]
Zone: TypeAlias = Annotated[str, _matching(_ZONE, "zone, such as us-central1-b")]
ClusterName: TypeAlias = Annotated[
    str, _matching(_CLUSTER, "cluster name (lower-case letters, digits, dashes, at most 40)")
]
PoolName: TypeAlias = Annotated[
    str, _matching(_CLUSTER, "name of a node pool (lower-case letters, digits, dashes, at most 40)")
]
ResourceName: TypeAlias = Annotated[
    str, _matching(re.compile(_RESOURCE + r"\Z"), "name of a resource (lower-case letters, digits, dashes, at most 63)")
]
Network: TypeAlias = Annotated[
    str, _matching(_NETWORK, "network: write its name, or projects/PROJECT/global/networks/NAME")
]
Subnetwork: TypeAlias = Annotated[
    str, _matching(_SUBNETWORK, "subnetwork: write its name, or projects/PROJECT/regions/REGION/subnetworks/NAME")
]
MachineType: TypeAlias = Annotated[str, _matching(_MACHINE, "machine type, such as e2-standard-4")]
GpuType: TypeAlias = Annotated[str, _matching(_GPU, "type of GPU, such as nvidia-l4")]
Version: TypeAlias = Annotated[str, _matching(_VERSION, "version, such as 1.34, 1.34.1-gke.1 or latest")]
Scope: TypeAlias = Annotated[
    str, _matching(_SCOPE, "scope: write cloud-platform or https://www.googleapis.com/auth/NAME")
]
NodeAccount: TypeAlias = Annotated[
    str, _matching(_ACCOUNT, "service account: write name@project.iam.gserviceaccount.com")
]
ResourceLabels: TypeAlias = Mapping[
    Annotated[
        str,
        _matching(_LABEL_KEY, "label key of Google Cloud (a lower-case letter, then letters, digits, - and _)"),
        AfterValidator(_free_label),
    ],
    Annotated[str, _matching(_LABEL_VALUE, "label value of Google Cloud (lower-case letters, digits, - and _)")],
]
AuthorizedNetworksField: TypeAlias = Annotated[
    AuthorizedNetworks,
    PlainValidator(_authorized),
    PlainSerializer(_plain_authorized),
    WithJsonSchema(_AUTHORIZED_SCHEMA),
]
ControlPlaneRange: TypeAlias = Annotated[str, AfterValidator(_control_plane_range)]
NodeCount: TypeAlias = Annotated[int, Field(ge=1, le=1000)]
NodeCountOrNone: TypeAlias = Annotated[int, Field(ge=0, le=1000)]
