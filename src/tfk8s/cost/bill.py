"""A bill: lines of an amount and a price each, and what they come to. What has no price is named, never left out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

MONTH_H: Final = Decimal(730)
"""Hours of a month as clouds bill it."""


class Price(NamedTuple):
    """What one unit costs for so many hours."""

    amount: Decimal
    hours: Decimal = Decimal(1)


class Missing(NamedTuple):
    """A price that the file does not have.

    Attributes:
        field: where it would stand, as `regions.us-central1.machines.e2-standard-4.hour`.
        near: a name in the file that may be meant; None where none is like it.
    """

    field: str
    near: str | None = None

    def __str__(self) -> str:
        """As a note says it."""
        return self.field if self.near is None else f"{self.field} (did you mean {self.near}?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing on a bill.

    Attributes:
        what: it is.
        unit: of the amount, as "node".
        unit_hours: units times hours.
        price: of a unit.
    """

    what: str
    unit: str
    unit_hours: Decimal
    price: Price | Missing

    @property
    def money(self) -> Decimal | None:
        """What the line comes to; None without a price. What there is none of costs nothing."""
        if isinstance(self.price, Price):
            return self.unit_hours * self.price.amount / self.price.hours
        return None if self.unit_hours else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What was used in a time, and what it costs.

    Attributes:
        hours: that it covers.
        pod_hours: in all.
        node_hours: in all; None where nodes are not known.
        lines: what is billed; empty where nobody gave prices.
    """

    hours: Decimal
    pod_hours: Decimal
    node_hours: Decimal | None
    lines: tuple[Line, ...] = ()

    @property
    def known(self) -> Decimal:
        """What all lines with a price come to."""
        return sum((line.money for line in self.lines if line.money is not None), Decimal(0))

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Prices without which it is not whole."""
        found = (line.price for line in self.lines if line.money is None)
        return tuple(dict.fromkeys(price for price in found if isinstance(price, Missing)))

    @property
    def money(self) -> Decimal | None:
        """The whole; None where a price is missing, or all are."""
        return None if self.missing or not self.lines else self.known

    def month(self, money: Decimal) -> Decimal:
        """What an amount of this bill would be for a month of such hours."""
        return money * MONTH_H / self.hours
