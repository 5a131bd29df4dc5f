"""A service in several regions: what each says, laid over the rest of the file as an environment is.

A region is one cluster: one that tfk8s makes (`cluster`, what all have in common said once), or one that is there
(`context`). The order of the file is the order in which a change reaches them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfk8s.manifest.objects import JsonObject
from tfk8s.manifest.yaml import Document, Path, Problem
from tfk8s.spec.environments import Overlay, lay, maps_of, without
from tfk8s.spec.region_field import CONTEXT
from tfk8s.spec.rules_fleet import FLEET_FIELD, wrong_holders

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec

FIELD = "regions"
"""The key of the file that holds them."""

OF_ALL = (FIELD, "rollout")
"""Keys that say how regions go together, and are no part of what runs in one."""

_KIND_NAME = "tfk8s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The service in one region.

    Attributes:
        name: of the region.
        spec: the service there, without regions.
        context: of the cluster, where it is one that is there already; then the spec has no cluster.
    """

    name: str
    spec: ServiceSpec
    context: str | None = None


def has_regions(document: Document) -> bool:
    """Whether the document means to have regions, right or wrong ones."""
    return isinstance(document.value, dict) and bool(document.value.get(FIELD))


def without_regions(document: Document) -> Document:
    """What is said of all regions."""
    return without(document, field=FIELD)


def regions_of(document: Document) -> dict[str, JsonObject]:
    """What each region says, in the order of the file; what is no map is left out."""
    return maps_of(document, field=FIELD)


def region_overlay(document: Document, *, name: str) -> Overlay:
    """Lay a region of the document over the rest of it; its cluster gets a name of its own, unless it says one.

    Raises:
        KeyError: the document has no such region.
    """
    said = regions_of(document)[name]
    laid = lay(document, field=FIELD, name=name, said={key: item for key, item in said.items() if key != CONTEXT})
    value = laid.document.value
    assert isinstance(value, dict)  # noqa: S101 - what was laid over a map is one
    value = {key: item for key, item in value.items() if key not in OF_ALL}
    if CONTEXT in said:
        value.pop("cluster", None)
    elif isinstance(value.get("cluster"), dict):
        value["cluster"] = _named(value, said=said, region=name)
    return laid._replace(document=laid.document._replace(value=value))


def _named(value: JsonObject, *, said: JsonObject, region: str) -> JsonObject:
    cluster, own = value["cluster"], said.get("cluster")
    assert isinstance(cluster, dict)  # noqa: S101 - the caller looked
    if isinstance(own, dict) and own.get("name") is not None:
        return cluster
    usual = _KIND_NAME if cluster.get("provider") == "kind" else value.get("name")
    base = cluster.get("name", usual)
    return {**cluster, "name": f"{base}-{region}"} if isinstance(base, str) else cluster


def context_of(document: Document, *, name: str) -> str | None:
    """The context that a region names."""
    context = regions_of(document)[name].get(CONTEXT)
    return context if isinstance(context, str) else None


def without_cluster(document: Document, laid: Overlay) -> Iterator[Problem]:
    """A region that names no cluster."""
    region = regions_of(document)[laid.name]
    assert isinstance(laid.document.value, dict)  # noqa: S101 - what was laid over a map is one
    if CONTEXT not in region and "cluster" not in laid.document.value:
        yield _at(document, (FIELD, laid.name), "names no cluster: give cluster, or the context of one that is there")


def twins(document: Document, regions: Iterable[Region]) -> Iterator[Problem]:
    """Regions of the same cluster, where one would undo what the other does."""
    seen: dict[tuple[str, ...], str] = {}
    for region in regions:
        first = seen.setdefault(_identity(region), region.name)
        if first != region.name:
            yield _at(document, (FIELD, region.name), f"has the cluster of {first}: each region has its own")


def wrong_fronts(document: Document, regions: Iterable[Region]) -> Iterator[Problem]:
    """A Gateway of all regions that none of them holds, or several."""
    message = wrong_holders({region.name: region.spec for region in regions})
    if message is not None:
        yield _at(document, FLEET_FIELD, message)


def _identity(region: Region) -> tuple[str, ...]:
    cluster = region.spec.cluster
    if cluster is None:
        return ("context", region.context or "")
    if cluster.provider == "kind":
        return ("kind", cluster.name)
    return ("gke", cluster.project, cluster.location, cluster.name)


def _at(document: Document, path: Path, message: str) -> Problem:
    return Problem(source=document.source, mark=document.key_mark(path), path=path, message=message)
