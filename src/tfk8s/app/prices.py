"""What pods and nodes cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Of an hour, in any money; None: not given."""

    pod_hour: float | None = None
    node_hour: float | None = None


NO_PRICES: Final = Prices()
