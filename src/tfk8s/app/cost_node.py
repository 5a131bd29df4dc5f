"""What one node of a spec's cluster costs for an hour, for commands that count nodes of one kind."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tfk8s.app.cost import bill_for
from tfk8s.app.cost_sites import Placed, node_use, sites_of
from tfk8s.cost import Bill, Usage
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.app.cost_sites import Site
    from tfk8s.spec import ServiceSpec
    from tfk8s.spec.gke_pools import Pool
    from tfk8s.spec.prices import PriceList


def node_hour(spec: ServiceSpec, prices: PriceList) -> float:
    """Its machine, disk, GPUs and address; management of the cluster is not of a node.

    Raises:
        InputError: the spec describes no nodes, or nodes of several prices, or a price is missing.
    """
    (site,) = sites_of([Placed((), spec.cluster)])
    pools = [pool for pool in site.pools or () if bool(pool.gpus) == bool(spec.resources.gpu)]
    if not pools:
        raise InputError(
            "the spec describes no nodes for its pods, so prices do not tell what one costs",
            hint="describe the cluster, or give --pod-price; tfk8s cost bills pods by what they request",
        )
    bills = [_bill(site, pool, prices) for pool in pools]
    missing = dict.fromkeys(str(price) for bill in bills for price in bill.missing)
    if missing:
        raise InputError(
            f"the prices do not tell what a node costs: no {', '.join(missing)}",
            hint="write it into the price file (0 for what costs nothing), or give --node-price",
        )
    if len({bill.known for bill in bills}) > 1:
        each = ", ".join(f"{bill.known:.4f} of {pool.name}" for bill, pool in zip(bills, pools, strict=True))
        raise InputError(f"nodes of the spec's cluster cost differently ({each})", hint="give --node-price")
    return float(bills[0].known)


def _bill(site: Site, pool: Pool, prices: PriceList) -> Bill:
    hour = Decimal(1)
    usage = Usage(hours=hour, pods=(), nodes=(node_use(pool, hours=hour, site=site),))
    return bill_for(site, usage, prices=prices)
