"""How fast an objective's errors may be used up before somebody is told: several windows, several rates.

After chapter 5 of Google's SRE workbook (https://sre.google/workbook/alerting-on-slos/): an alert asks that both a long
window and a short one, a twelfth of it, burn at a rate that uses a share of all allowed errors within the long one. The
long window makes it sure, the short one ends it soon after the errors end.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple


class Burn(NamedTuple):
    """One pair of windows.

    Attributes:
        share: of the allowed errors, in percent, that the long window uses up at this rate.
        long: the window that makes sure, as Prometheus writes it.
        short: the window that ends the alert.
        hours: of the long one.
        severity: page for somebody who is woken, ticket for somebody who comes in the morning.
    """

    share: int
    long: str
    short: str
    hours: int
    severity: str

    def factor(self, window_days: int) -> Decimal:
        """How many times faster errors come than the objective's window allows: 14.4 of the first in 30 days."""
        return Decimal(self.share) * window_days * 24 / 100 / self.hours


BURNS: Final = (
    Burn(share=2, long="1h", short="5m", hours=1, severity="page"),
    Burn(share=5, long="6h", short="30m", hours=6, severity="page"),
    Burn(share=10, long="1d", short="2h", hours=24, severity="ticket"),
    Burn(share=10, long="3d", short="6h", hours=72, severity="ticket"),
)

WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
"""All of them, short ones first."""


def fastest_burn(window_days: int) -> float:
    """The highest factor of all."""
    return float(max(burn.factor(window_days) for burn in BURNS))
