"""What was used on one cluster in a time, and the bill for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tfk8s.cost.bill import Bill, Line
from tfk8s.cost.tariff import Tariff
from tfk8s.spec.gke_gpus import is_built_in

_GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class PodUse:
    """Pods of one kind.

    Attributes:
        name: of their workload.
        hours: that all of them existed, together.
    """

    name: str
    cpu_millis: int
    memory_bytes: int
    gpus: int
    hours: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUse:
    """Nodes of one pool.

    Attributes:
        hours: that all of them existed, together.
        has_address: whether each has an external one.
    """

    pool: str
    machine_type: str
    hours: Decimal
    spot: bool = False
    disk: str = ""
    disk_gb: int = 0
    gpu: str = ""
    gpus: int = 0
    has_address: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """All that was used in `hours`.

    Attributes:
        nodes: None where nobody knows them; their pods are then billed by what they request, as on Autopilot.
        clusters: that somebody manages.
        load_balancers: in front of the services.
    """

    hours: Decimal
    pods: tuple[PodUse, ...]
    nodes: tuple[NodeUse, ...] | None
    clusters: int = 0
    load_balancers: int = 0


def bill_of(usage: Usage, tariff: Tariff | None) -> Bill:
    """Write the bill; without a tariff it has hours and no lines."""
    nodes = usage.nodes
    return Bill(
        hours=usage.hours,
        pod_hours=sum((pods.hours for pods in usage.pods), Decimal(0)),
        node_hours=None if nodes is None else sum((use.hours for use in nodes), Decimal(0)),
        lines=() if tariff is None else tuple(_lines(usage, tariff)),
    )


def _lines(usage: Usage, tariff: Tariff) -> Iterator[Line]:
    if usage.nodes is None:
        for pods in usage.pods:
            yield from _pod_lines(pods, tariff)
    else:
        for use in usage.nodes:
            yield from _node_lines(use, tariff)
    if usage.clusters:
        clusters = usage.hours * usage.clusters
        yield Line(what="management of the cluster", unit="cluster", unit_hours=clusters, price=tariff.cluster())
    if usage.load_balancers:
        balancers = usage.hours * usage.load_balancers
        yield Line(what="load balancer", unit="load balancer", unit_hours=balancers, price=tariff.load_balancer())


def _pod_lines(pods: PodUse, tariff: Tariff) -> Iterator[Line]:
    cores, gib = Decimal(pods.cpu_millis) / 1000, Decimal(pods.memory_bytes) / _GIB
    yield Line(what=f"cores of {pods.name}", unit="core", unit_hours=pods.hours * cores, price=tariff.pod("cpu"))
    yield Line(what=f"memory of {pods.name}", unit="GiB", unit_hours=pods.hours * gib, price=tariff.pod("memory"))
    if pods.gpus:
        gpus = pods.hours * pods.gpus
        yield Line(what=f"GPUs of {pods.name}", unit="GPU", unit_hours=gpus, price=tariff.pod("gpu"))


def _node_lines(use: NodeUse, tariff: Tariff) -> Iterator[Line]:
    spot, where = (", spot" if use.spot else ""), f"of {use.pool}"
    machine = tariff.machine(use.machine_type, spot=use.spot)
    yield Line(what=f"nodes {where}, {use.machine_type}{spot}", unit="node", unit_hours=use.hours, price=machine)
    if use.gpus and not is_built_in(use.gpu, machine=use.machine_type):
        price = tariff.gpu(use.gpu, spot=use.spot)
        yield Line(what=f"GPUs {where}, {use.gpu}{spot}", unit="GPU", unit_hours=use.hours * use.gpus, price=price)
    if use.disk_gb:
        gigabytes = use.hours * use.disk_gb
        yield Line(what=f"disks {where}, {use.disk}", unit="GB", unit_hours=gigabytes, price=tariff.disk(use.disk))
    if use.has_address:
        yield Line(what=f"addresses {where}", unit="address", unit_hours=use.hours, price=tariff.address())
