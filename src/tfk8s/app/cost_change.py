"""What a change of objects does to the bill: the fewest and the most pods of either side, and a month of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tfk8s.app.cost import ALWAYS, MAX, MIN, Estimate, estimate
from tfk8s.app.cost_sites import Placed
from tfk8s.manifest import Manifest, Manifests
from tfk8s.manifest.fields import labels_of
from tfk8s.manifest.ownership import INSTANCE_LABEL

if TYPE_CHECKING:
    from tfk8s.app.diff_report import Compared, Homes
    from tfk8s.manifest import JsonObject
    from tfk8s.spec.prices import PriceList


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One state: pods, and money for a month as far as there are prices, each at the fewest and at the most pods."""

    pods: tuple[int, int]
    months: tuple[Decimal, Decimal]
    missing: tuple[str, ...]

    def text(self, currency: str) -> str:
        """As `2 to 6 pods, 396.51 to 720.02 USD a month`."""
        least, most = (f"{month:,.2f}" for month in self.months)
        money = least if least == most else f"{least} to {most}"
        fewest, highest = self.pods
        pods = f"{fewest}" if fewest == highest else f"{fewest} to {highest}"
        further = " and more" if self.missing else ""
        return f"{pods} pod{'' if pods == '1' else 's'}, {money} {currency} a month{further}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CostChange:
    """Both states; None: there is no service in it."""

    currency: str
    before: Side | None
    after: Side | None
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Prices that neither side has, or one has not."""
        sides = (side for side in (self.before, self.after) if side is not None)
        return tuple(dict.fromkeys(field for side in sides for field in side.missing))

    def __str__(self) -> str:
        """One sentence."""
        before, after = ("nothing" if side is None else side.text(self.currency) for side in (self.before, self.after))
        told = f"{after}, as before" if before == after else f"{before} -> {after}"
        return told + (f" (no price: {', '.join(self.missing)})" if self.missing else "")

    def as_json(self) -> JsonObject:
        """The stable form for `-o json`; a month is null where a price is missing."""
        return {
            "currency": self.currency,
            "before": None if self.before is None else _side_json(self.before),
            "after": None if self.after is None else _side_json(self.after),
            "missing": [*self.missing],
        }


def cost_change(compared: Sequence[Compared], *, prices: PriceList) -> CostChange:
    """Tell what a change of services costs or saves.

    Raises:
        InputError: two services describe the same cluster differently.
    """
    before = [placed for each in compared for placed in _placed(each.before, each.homes_before)]
    after = [placed for each in compared for placed in _placed(each.after, each.homes_after)]
    found = estimate(after, prices=prices)
    return CostChange(
        currency=prices.currency,
        before=_side(estimate(before, prices=prices)),
        after=_side(found),
        notes=found.notes,
    )


def _placed(manifests: Manifests, homes: Homes | None) -> list[Placed]:
    groups: dict[tuple[str, str], list[Manifest]] = {}
    for manifest in manifests:
        name = labels_of(manifest.body).get(INSTANCE_LABEL, "")
        groups.setdefault((manifest.ref.namespace, name), []).append(manifest)
    return [
        Placed(tuple(group), *(homes or {}).get(service, (None, "")))
        for service, group in groups.items()
        if any(manifest.ref.kind == "Deployment" for manifest in group)
    ]


def _side(found: Estimate) -> Side | None:
    if not found.sites:
        return None
    workloads = [workload for cost in found.sites for workload in cost.site.workloads]
    return Side(
        pods=(sum(each.fewest for each in workloads), sum(each.most for each in workloads)),
        months=(_month(found, MIN), _month(found, MAX)),
        missing=tuple(map(str, found.missing)),
    )


def _month(found: Estimate, name: str) -> Decimal:
    bills = [column.bill for cost in found.sites for column in cost.columns if column.name in (name, ALWAYS)]
    return sum((bill.month(bill.known) for bill in bills), Decimal(0))


def _side_json(side: Side) -> JsonObject:
    least, most = (None if side.missing else float(month) for month in side.months)
    return {"pods": {"min": side.pods[0], "max": side.pods[1]}, "month": {"min": least, "max": most}}
