"""What a Gateway of several clusters needs of their fleet: every cluster in it, and two features switched on.

Nothing that is on is changed: a fleet is of a whole project, and others may count on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest.fields import text_at
from tfk8s.ports import Note, Reporter
from tfk8s.spec.gke_front import is_front_elsewhere, is_multi_cluster

if TYPE_CHECKING:
    from tfk8s.manifest import JsonObject
    from tfk8s.ports.fleets import Fleet
    from tfk8s.spec import GkeCluster, Region

SERVICES: Final = "multiclusterservicediscovery"
GATEWAYS: Final = "multiclusteringress"


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetWish:
    """The fleet that a spec means.

    Attributes:
        project: whose it is.
        clusters: resource name of each region's cluster, by the region.
        holder: the region that holds the Gateway.
    """

    project: str
    clusters: dict[str, str]
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetStep:
    """One feature.

    Attributes:
        feature: its name.
        spec: what it is switched on with.
        is_on: whether it is already.
    """

    feature: str
    spec: JsonObject
    is_on: bool


def fleet_wish(regions: Iterable[Region]) -> FleetWish:
    """Read the fleet out of a spec.

    Raises:
        InputError: there is none, or it is not one.
    """
    fleet = {region.name: region.spec for region in regions if is_multi_cluster(region.spec)}
    if not fleet:
        raise InputError(
            "the spec has no Gateway of several clusters",
            hint="write expose.gateway.multiCluster, with holdsGateway: true in one region (docs/expose.md)",
        )
    clusters = {name: _cluster(name, spec.gke_cluster) for name, spec in fleet.items()}
    projects = {cluster.fleet for cluster in clusters.values()}
    if len(projects) > 1:
        raise InputError(
            f"the regions are in several fleets: {', '.join(sorted(map(str, projects)))}", hint="name one cluster.fleet"
        )
    return FleetWish(
        project=str(projects.pop()),
        clusters={name: _resource(cluster) for name, cluster in clusters.items()},
        holder=next(name for name, spec in fleet.items() if not is_front_elsewhere(spec)),
    )


def plan_fleet(wish: FleetWish, *, fleet: Fleet) -> tuple[FleetStep, ...]:
    """Look at the fleet, and say what is to be switched on.

    Raises:
        PreconditionError: a cluster is not in it, another one holds its Gateways, or it cannot be looked at.
    """
    members = {found.resource: found.name for found in fleet.memberships()}
    absent = [name for name, resource in wish.clusters.items() if resource not in members]
    if absent:
        raise PreconditionError(
            f"not in the fleet of {wish.project}: the clusters of {', '.join(absent)}",
            hint="tfk8s cluster create makes a cluster in it; of one that is there, tfk8s cluster status says how",
            details=tuple(f"{name}: {wish.clusters[name]}" for name in absent),
        )
    holder = members[wish.clusters[wish.holder]]
    gateways = fleet.feature(GATEWAYS)
    held_by = text_at(gateways or {}, "spec", "multiclusteringress", "configMembership")
    if gateways is not None and held_by != holder:
        raise PreconditionError(
            f"{held_by or 'no cluster'} holds the Gateways of the fleet of {wish.project}, and the spec means {holder}",
            hint="say holdsGateway: true in that region, or move it: gcloud container fleet ingress update "
            f"--config-membership {holder} --project {wish.project}",
        )
    return (
        FleetStep(feature=SERVICES, spec={}, is_on=fleet.feature(SERVICES) is not None),
        FleetStep(
            feature=GATEWAYS, spec={"multiclusteringress": {"configMembership": holder}}, is_on=gateways is not None
        ),
    )


def switch_on(steps: Iterable[FleetStep], *, fleet: Fleet, reporter: Reporter) -> None:
    """Switch on what is off, in order.

    Raises:
        Tfk8sError: it cannot be; what came before is on, and the next run goes on.
    """
    for step in steps:
        if not step.is_on:
            reporter.emit(Note(message=f"switching {step.feature} on in the fleet"))
            fleet.turn_on(step.feature, step.spec)


def _cluster(region: str, cluster: GkeCluster | None) -> GkeCluster:
    if cluster is None or cluster.fleet is None:
        raise InputError(
            f"the cluster of region {region} names no fleet",
            hint="write fleet: PROJECT under cluster, for all regions at once",
        )
    return cluster


def _resource(cluster: GkeCluster) -> str:
    """How a membership names a cluster."""
    place = f"projects/{cluster.project}/locations/{cluster.location}/clusters/{cluster.name}"
    return f"//container.googleapis.com/{place}"
