"""Services by the cluster that they share, and what that uses in an hour with so many pods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tfk8s.cost import NodeUse, PodUse, Usage
from tfk8s.errors import InputError
from tfk8s.manifest.fields import text_at
from tfk8s.plan.filling import Filling, fill
from tfk8s.plan.workloads import Workload, workloads_of
from tfk8s.spec import GkeCluster, KindCluster
from tfk8s.spec.gke_fields import region_of
from tfk8s.spec.gke_front import GATEWAY_PREFIX, INGRESS_CLASSES
from tfk8s.spec.gke_pools import Pool, pools_of

if TYPE_CHECKING:
    from tfk8s.manifest import Manifest, Manifests
    from tfk8s.spec import ClusterSpec

Counts: TypeAlias = Callable[[Workload], int]
"""How many pods of a workload there are."""


class Placed(NamedTuple):
    """The objects of a service and its cluster.

    Attributes:
        cluster: None: the spec describes none.
        region: of a service in several; "": of one that is in one place.
    """

    manifests: Manifests
    cluster: ClusterSpec | None
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One cluster.

    Attributes:
        identity: what tells it from others.
        name: what people call it.
        region: where prices are looked up; None: not known.
        cluster: as it is described; None where it is not, or costs nothing because it is on this computer.
        load_balancers: in front of the services.
    """

    identity: tuple[str, ...]
    name: str
    region: str | None
    cluster: GkeCluster | None
    workloads: tuple[Workload, ...]
    load_balancers: int = 0

    @property
    def pools(self) -> tuple[Pool, ...] | None:
        """Described node pools; None where nobody describes nodes, or the cluster makes them as pods need them."""
        return pools_of(self.cluster) if self.cluster is not None and not self.cluster.autopilot else None

    def called(self, workload: Workload) -> str:
        """Its name; with the namespace where another has the same one."""
        is_alone = [each.name for each in self.workloads].count(workload.name) == 1
        return workload.name if is_alone else f"{workload.namespace}/{workload.name}"


def sites_of(services: Iterable[Placed]) -> tuple[Site, ...]:
    """Put services of one cluster together, in the order of the first of each.

    Raises:
        InputError: two of them describe the same cluster differently.
    """
    found: dict[tuple[str, ...], list[Placed]] = {}
    for service in services:
        found.setdefault(identity_of(service), []).append(service)
    return tuple(_site(identity, placed) for identity, placed in found.items())


def identity_of(service: Placed) -> tuple[str, ...]:
    """What tells the cluster of a service from others; the same for services that share it."""
    cluster = service.cluster
    if isinstance(cluster, GkeCluster):
        return cluster.project, cluster.location, cluster.name
    return (service.region, "" if cluster is None else cluster.name)


def _name(cluster: ClusterSpec | None, *, region: str) -> str:
    if isinstance(cluster, GkeCluster):
        return f"cluster {cluster.name} in {cluster.location}"
    if cluster is not None:
        return f"cluster {cluster.name} on this computer"
    return f"a cluster in {region} that is there already" if region else "a cluster that the spec does not describe"


def _site(identity: tuple[str, ...], placed: Sequence[Placed]) -> Site:
    first = placed[0].cluster
    cluster = first if isinstance(first, GkeCluster) else None
    if cluster is not None and any(service.cluster != cluster for service in placed):
        raise InputError(
            f"the specs describe the cluster {cluster.name} in {cluster.location} in different ways",
            hint="say the same under cluster in each of them: what its nodes cost follows from it",
        )
    manifests = [manifest for service in placed for manifest in service.manifests]
    return Site(
        identity=identity,
        name=_name(first, region=placed[0].region),
        region=region_of(cluster.location) if cluster is not None else placed[0].region or None,
        cluster=cluster,
        workloads=workloads_of(tuple(manifests)),
        load_balancers=0 if isinstance(first, KindCluster) else sum(map(_is_load_balancer, manifests)),
    )


def _is_load_balancer(manifest: Manifest) -> bool:
    """Whether a cloud makes a load balancer of its own for an object."""
    body = manifest.body
    if manifest.ref.kind == "Service":
        return text_at(body, "spec", "type") == "LoadBalancer"
    if manifest.ref.kind == "Gateway":
        return text_at(body, "spec", "gatewayClassName").startswith(GATEWAY_PREFIX)
    named = text_at(body, "metadata", "annotations", "kubernetes.io/ingress.class")
    return manifest.ref.kind == "Ingress" and named in INGRESS_CLASSES


def usage_of(site: Site, counts: Counts) -> tuple[Usage, tuple[str, ...]]:
    """Tell what an hour with so many pods uses, and what a reader must know of it."""
    groups = [(workload, counts(workload)) for workload in site.workloads]
    pods = tuple(pod_use(workload, hours=Decimal(count), site=site) for workload, count in groups)
    if site.pools is None:
        return usage_at(site, pods=pods, nodes=None), ()
    filling = fill(site.pools, groups)
    nodes = tuple(node_use(pool, hours=Decimal(filling.nodes[pool.name]), site=site) for pool in site.pools)
    return usage_at(site, pods=pods, nodes=nodes), tuple(_notes(filling, groups))


def usage_at(
    site: Site, *, pods: tuple[PodUse, ...], nodes: tuple[NodeUse, ...] | None, hours: Decimal = Decimal(1)
) -> Usage:
    """Put together what is used on a cluster in so many hours."""
    return Usage(
        hours=hours,
        pods=pods,
        nodes=nodes,
        clusters=0 if site.cluster is None else 1,
        load_balancers=site.load_balancers,
    )


def pod_use(workload: Workload, *, hours: Decimal, site: Site) -> PodUse:
    """Pods of a workload that existed for so many hours together."""
    need = workload.need
    return PodUse(
        name=site.called(workload),
        cpu_millis=need.cpu_millis,
        memory_bytes=need.memory_bytes,
        gpus=need.gpus,
        hours=hours,
    )


def node_use(pool: Pool, *, hours: Decimal, site: Site) -> NodeUse:
    """Nodes of a pool that existed for so many hours together."""
    settings = pool.settings
    return NodeUse(
        pool=pool.name,
        machine_type=pool.machine_type,
        hours=hours,
        spot=settings.spot,
        disk=pool.disk,
        disk_gb=pool.disk_gb,
        gpu="" if settings.gpu is None else settings.gpu.type,
        gpus=pool.gpus,
        has_address=site.cluster is not None and not site.cluster.private_nodes,
    )


def _notes(filling: Filling, groups: Sequence[tuple[Workload, int]]) -> Iterator[str]:
    if filling.waiting:
        wanted = sum(count for _, count in groups)
        waiting = f"{filling.waiting} of {wanted} pods"
        yield f"{waiting} have no room on the described nodes: they wait, and no node of theirs is billed"
    for machine in filling.unknown:
        yield f"what a {machine} leaves to pods is not known here: its pool is counted with its most nodes"
