"""How much a change takes away from those who use the service."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from functools import total_ordering


@total_ordering
class Risk(enum.Enum):
    """From nothing to the worst; the value is the word that people see.

    Attributes:
        NONE: no pod is replaced and no client fails.
        RESTART: pods are replaced; a rolling update, during which the service answers.
        DOWNTIME: clients fail, some or all of them, for a while or until they change too.
        DATA: what is stored may be lost, or is no longer what is read.
    """

    NONE = "none"
    RESTART = "restart"
    DOWNTIME = "downtime"
    DATA = "data"

    def __lt__(self, other: Risk) -> bool:
        """Compare by how bad it is."""
        order = list(Risk)
        return order.index(self) < order.index(other)


def worst(risks: Iterable[Risk]) -> Risk:
    """The worst of them, NONE of none."""
    return max(risks, default=Risk.NONE)
