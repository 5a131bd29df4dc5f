"""A simulated trace as a bill: the pods that the autoscaler asked for, and the nodes that were there for them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tfk8s.app.cost import Column, bill_for
from tfk8s.app.cost_sites import Site, node_use, pod_use, usage_at
from tfk8s.app.simulate_pod import UnknownMachineError, alike_pools
from tfk8s.cost import NodeUse, Usage
from tfk8s.plan.filling import fill

if TYPE_CHECKING:
    from tfk8s.app.simulate import Result
    from tfk8s.autoscale.simulate import Course
    from tfk8s.spec.prices import PriceList

OF_TRACE: Final = "predictions of the trace"
_HOUR_S: Final = 3600


def trace_column(result: Result, *, name: str, site: Site, prices: PriceList | None) -> Column:
    """Write the bill of a trace.

    Args:
        result: of the simulation, by the spec of the only workload on the site.
        name: of the trace.
        site: its cluster.
        prices: None: hours alone.
    """
    course = result.course
    usage = _usage(course, site=site)
    answered = Decimal(repr(course.requests)) * (1 - Decimal(repr(course.dropped_share)))
    return Column(name=name, bill=bill_for(site, usage, prices=prices), predictions={OF_TRACE: answered})


def _usage(course: Course, *, site: Site) -> Usage:
    (workload,) = site.workloads
    step_h = Decimal(repr(course.step_s)) / _HOUR_S
    pods = (pod_use(workload, hours=sum(course.replicas) * step_h, site=site),)
    if site.pools is None:
        nodes = None
    else:
        simulated = _simulated(course, site=site, step_h=step_h)
        nodes = _filled(course, site=site, step_h=step_h) if simulated is None else simulated
    return usage_at(site, pods=pods, nodes=nodes, hours=len(course.replicas) * step_h)


def _simulated(course: Course, *, site: Site, step_h: Decimal) -> tuple[NodeUse, ...] | None:
    """Spread the nodes that the simulation had over the pools that it counts on; None where it knows none of them."""
    (workload,) = site.workloads
    pools = site.pools or ()
    try:
        alike, _ = alike_pools(pools, workload.need)
    except UnknownMachineError:
        return None
    if not alike:
        return None
    hours = {pool.name: pool.fewest * len(course.nodes) * step_h for pool in pools}
    for count, steps in Counter(course.nodes).items():
        further = count - sum(found.pool.fewest for found in alike)
        for found in alike:
            added = max(0, min(further, found.pool.most - found.pool.fewest))
            hours[found.pool.name] += added * steps * step_h
            further -= added
    return tuple(node_use(pool, hours=hours[pool.name], site=site) for pool in pools)


def _filled(course: Course, *, site: Site, step_h: Decimal) -> tuple[NodeUse, ...]:
    """Fill nodes anew for each number of pods, where the simulation does not know them."""
    (workload,) = site.workloads
    pools = site.pools or ()
    hours = dict.fromkeys((pool.name for pool in pools), Decimal(0))
    for pods, steps in Counter(course.replicas).items():
        for name, count in fill(pools, [(workload, pods)]).nodes.items():
            hours[name] += count * steps * step_h
    return tuple(node_use(pool, hours=hours[pool.name], site=site) for pool in pools)
