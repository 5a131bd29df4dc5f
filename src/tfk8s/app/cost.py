"""The use-case of `tfk8s cost`: services with so many pods, in hours and in money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from tfk8s.app.cost_sites import Counts, Site, node_use, pod_use, sites_of, usage_at, usage_of
from tfk8s.cost import Bill, Missing, Tariff, Usage, bill_of

if TYPE_CHECKING:
    from tfk8s.app.cost_sites import Placed
    from tfk8s.spec.prices import PriceList

MIN: Final = "min"
MAX: Final = "max"
ALWAYS: Final = "always"
MOST_NODES: Final = "most nodes"
_HOUR_S: Final = 3600
_NOTHING_ELSE: Final = (
    "nodes hold the pods of these services and nothing else: pods of the system and of others may need more of them"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One answer to "how many pods".

    Attributes:
        name: `min`, `max`, `always`, `most nodes`, `now` or that of a trace.
        predictions: that its bill pays for, by what they are called.
    """

    name: str
    bill: Bill
    predictions: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))

    def of_thousand(self, name: str) -> Decimal | None:
        """What a thousand of these predictions cost, as far as there are prices; None where there are none of them."""
        count = self.predictions.get(name)
        return None if not count else self.bill.known * 1000 / count


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCost:
    """A cluster with its bills, one a column."""

    site: Site
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """All of them.

    Attributes:
        prices: None: nobody gave any, and there are hours alone.
        notes: what a reader must know, one sentence each.
    """

    prices: PriceList | None
    sites: tuple[SiteCost, ...]
    notes: tuple[str, ...]

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Prices without which a bill is not whole."""
        bills = (column.bill for cost in self.sites for column in cost.columns)
        return tuple(dict.fromkeys(missing for bill in bills for missing in bill.missing))

    def total(self, name: str) -> Decimal | None:
        """What a month costs on all clusters together; None where a price is missing."""
        bills = [column.bill for cost in self.sites for column in cost.columns if column.name in (name, ALWAYS)]
        months = [bill.month(bill.money) for bill in bills if bill.money is not None]
        return sum(months, Decimal(0)) if len(months) == len(self.sites) else None


def estimate(services: Sequence[Placed], *, prices: PriceList | None) -> Estimate:
    """Tell what the fewest and the most pods of services cost.

    Raises:
        InputError: two of them describe the same cluster differently.
    """
    costs, notes = [], list[str]()
    for site in sites_of(services):
        columns = []
        for name, counts in _bounds(site).items():
            usage, found = usage_of(site, counts)
            columns.append(Column(name=name, bill=bill_for(site, usage, prices=prices)))
            notes += [f"{site.name}, {name}: {note}" for note in found]
        columns += _most_nodes(site, columns[-1], prices=prices)
        costs.append(SiteCost(site=site, columns=tuple(columns)))
        notes += _site_notes(site)
    return Estimate(prices=prices, sites=tuple(costs), notes=tuple(dict.fromkeys(notes)))


def _most_nodes(site: Site, highest: Column, *, prices: PriceList | None) -> list[Column]:
    """Tell what the pools' own bounds let the nodes come to, where that is more than the pods need."""
    pools = site.pools or ()
    if sum(pool.most for pool in pools) == highest.bill.node_hours or not pools:
        return []
    pods = tuple(pod_use(workload, hours=Decimal(workload.most), site=site) for workload in site.workloads)
    nodes = tuple(node_use(pool, hours=Decimal(pool.most), site=site) for pool in pools)
    usage = usage_at(site, pods=pods, nodes=nodes)
    return [Column(name=MOST_NODES, bill=bill_for(site, usage, prices=prices))]


def _bounds(site: Site) -> dict[str, Counts]:
    if all(workload.fewest == workload.most for workload in site.workloads):
        return {ALWAYS: lambda workload: workload.fewest}
    return {MIN: lambda workload: workload.fewest, MAX: lambda workload: workload.most}


def bill_for(site: Site, usage: Usage, *, prices: PriceList | None) -> Bill:
    """Write the bill of a cluster, at the prices of its region."""
    return bill_of(usage, None if prices is None else Tariff(prices=prices, region=site.region))


def _site_notes(site: Site) -> list[str]:
    if site.pools is not None:
        return [_NOTHING_ELSE]
    if site.cluster is not None:
        return [
            f"{site.name}: Autopilot bills what pods request; small requests are raised there, which is not counted"
        ]
    return [f"{site.name}: nodes are not known, so pods are billed by what they request"]


def with_column(found: Estimate, column: Column, *, site: Site, notes: Sequence[str] = ()) -> Estimate:
    """Add a column to one of the clusters of an estimate."""
    costs = tuple(replace(cost, columns=(*cost.columns, column)) if cost.site is site else cost for cost in found.sites)
    return replace(found, sites=costs, notes=tuple(dict.fromkeys((*found.notes, *notes))))


def with_rates(found: Estimate, rates: Mapping[str, Decimal], *, notes: Sequence[str] = ()) -> Estimate:
    """Add the predictions that pods answer at so many requests a second each, all the time.

    Args:
        found: of one service.
        rates: of one pod, by what they are called.
        notes: what a reader must know of them.
    """

    def served(column: Column) -> Column:
        if column.predictions:  # a trace tells its own
            return column
        seconds = column.bill.pod_hours * _HOUR_S
        return replace(column, predictions={name: seconds * rate for name, rate in rates.items()})

    (cost,) = found.sites
    changed = replace(cost, columns=tuple(map(served, cost.columns)))
    return replace(found, sites=(changed,), notes=tuple(dict.fromkeys((*found.notes, *notes))))
