"""Prices in one region: what the file says of it, else what it says of everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tfk8s.cost.bill import MONTH_H, Missing, Price
from tfk8s.spec.nearest import nearest

if TYPE_CHECKING:
    from tfk8s.spec.prices import DiskPrice, HourPrice, PodPrice, PriceList, RegionPrices

_ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Looks prices up.

    Attributes:
        prices: of the file.
        region: None where nobody knows it.
    """

    prices: PriceList
    region: str | None

    def machine(self, kind: str, *, spot: bool) -> Price | Missing:
        """Of one machine."""
        found = [(place, part.machines) for place, part in self._parts()]
        return self._hourly(found, key="machines", kind=kind, spot=spot)

    def gpu(self, kind: str, *, spot: bool) -> Price | Missing:
        """Of one GPU that is attached to a machine."""
        found = [(place, part.gpus) for place, part in self._parts()]
        return self._hourly(found, key="gpus", kind=kind, spot=spot)

    def disk(self, kind: str) -> Price | Missing:
        """Of one GB."""
        tables: list[Mapping[str, DiskPrice]] = [part.disks for _, part in self._parts()]
        for table in tables:
            if kind in table:
                return Price(table[kind].gb_month, MONTH_H)
        return Missing(self._field("disks", kind, "gbMonth"), _near(kind, tables))

    def pod(self, resource: str) -> Price | Missing:
        """Of one core, GiB or GPU that a pod requests: `cpu`, `memory` or `gpu`."""
        for _, part in self._parts():
            amount = None if part.pods is None else _of_pods(part.pods, resource)
            if amount is not None:
                return Price(amount)
        keys = {"cpu": "cpuHour", "memory": "memoryGibHour", "gpu": "gpuHour"}
        return Missing(self._field("pods", keys[resource]))

    def cluster(self) -> Price | Missing:
        """Of the management of one cluster."""
        return self._plain([part.cluster_hour for _, part in self._parts()], key="clusterHour")

    def load_balancer(self) -> Price | Missing:
        """Of one load balancer."""
        return self._plain([part.load_balancer_hour for _, part in self._parts()], key="loadBalancerHour")

    def address(self) -> Price | Missing:
        """Of one external address."""
        return self._plain([part.address_hour for _, part in self._parts()], key="addressHour")

    def _parts(self) -> list[tuple[str, RegionPrices]]:
        """The region's own prices first."""
        own = self.prices.regions.get(self.region) if self.region is not None else None
        return [*([] if own is None else [(f"regions.{self.region}", own)]), (_ANYWHERE, self.prices.anywhere)]

    def _field(self, *keys: str) -> str:
        place = _ANYWHERE if self.region is None else f"regions.{self.region}"
        return ".".join((place, *keys))

    def _hourly(
        self, tables: list[tuple[str, Mapping[str, HourPrice]]], *, key: str, kind: str, spot: bool
    ) -> Price | Missing:
        for place, table in tables:
            found = table.get(kind)
            if found is not None:
                amount = found.spot_hour if spot else found.hour
                return Missing(f"{place}.{key}.{kind}.spotHour") if amount is None else Price(amount)
        field = self._field(key, kind, "spotHour" if spot else "hour")
        return Missing(field, _near(kind, [table for _, table in tables]))

    def _plain(self, amounts: Iterable[Decimal | None], *, key: str) -> Price | Missing:
        found = next((amount for amount in amounts if amount is not None), None)
        return Missing(self._field(key)) if found is None else Price(found)


def _near(kind: str, tables: Iterable[Iterable[str]]) -> str | None:
    return nearest(kind, [name for table in tables for name in table])


def _of_pods(prices: PodPrice, resource: str) -> Decimal | None:
    if resource == "gpu":
        return prices.gpu_hour
    return prices.cpu_hour if resource == "cpu" else prices.memory_gib_hour
