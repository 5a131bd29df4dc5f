"""The cluster that `tfk8s up` makes or finds."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias, Union

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from tfk8s.spec.gke import GkeCluster
from tfk8s.spec.part import Part

__all__ = ["ClusterSpec", "GkeCluster", "KindCluster"]

_KIND_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,48}[a-z0-9])?\Z")


def _kind_name(text: str) -> str:
    if not _KIND_NAME.match(text):
        message = "{text} is no cluster name (lower-case letters, digits, dashes, at most 50)"
        raise PydanticCustomError("form", message, {"text": text})
    return text


class KindCluster(Part):
    """A cluster in containers on this computer (https://kind.sigs.k8s.io)."""

    provider: Literal["kind"]
    """The word kind."""

    name: Annotated[str, AfterValidator(_kind_name)] = "tfk8s"
    """Name of the cluster; its context is kind-NAME."""

    nodes: Annotated[int, Field(ge=1, le=10)] = 1
    """Number of nodes, the control plane among them. Default: 1, which also runs the pods."""

    node_image: str | None = None
    """Image of the nodes. Default: kind's own choice."""

    config: str | None = None
    """Path of a kind configuration file, relative to this file; excludes `nodes`."""


def _tag(value: object) -> str | None:
    if isinstance(value, (GkeCluster, KindCluster)):
        return f"{value.provider}-cluster"
    provider = value.get("provider") if isinstance(value, dict) else None
    return f"{provider}-cluster" if provider in ("gke", "kind") else None


# A tag of our own, so that the place of an error cannot be mistaken for a key of the file.
ClusterSpec: TypeAlias = Annotated[
    Union[Annotated[GkeCluster, Tag("gke-cluster")], Annotated[KindCluster, Tag("kind-cluster")]],
    Discriminator(_tag, custom_error_type="provider", custom_error_message="needs provider: gke or provider: kind"),
]
