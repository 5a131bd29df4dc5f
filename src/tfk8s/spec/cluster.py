"""The cluster that `tfk8s up` makes or finds."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias, Union

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from tfk8s.spec.part import Part

_GKE_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")
_KIND_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,48}[a-z0-9])?\Z")
_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]\Z")
_LOCATION = re.compile(r"[a-z]+-[a-z]+[0-9]+(?:-[a-z])?\Z")


def _matching(pattern: re.Pattern[str], rule: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.match(text):
            raise PydanticCustomError("form", "{text} is no {rule}", {"text": text, "rule": rule})
        return text

    return AfterValidator(check)


NodeCount: TypeAlias = Annotated[int, Field(ge=1, le=1000)]


class GkeCluster(Part):
    """A cluster of Google Kubernetes Engine."""

    provider: Literal["gke"]
    """The word gke."""

    project: Annotated[str, _matching(_PROJECT, "project id, such as my-project-123")]
    """Id of the Google Cloud project."""

    location: Annotated[str, _matching(_LOCATION, "region or zone, such as us-central1 or us-central1-b")]
    """Region (`us-central1`: nodes in several zones) or zone (`us-central1-b`)."""

    name: Annotated[str, _matching(_GKE_NAME, "cluster name (lower-case letters, digits, dashes, at most 40)")]
    """Name of the cluster."""

    nodes: NodeCount = 3
    """Number of nodes; in a region, in each of its zones."""


class KindCluster(Part):
    """A cluster in containers on this computer (https://kind.sigs.k8s.io)."""

    provider: Literal["kind"]
    """The word kind."""

    name: Annotated[str, _matching(_KIND_NAME, "cluster name (lower-case letters, digits, dashes, at most 50)")] = (
        "tfk8s"
    )
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
