"""How long the network takes: a model over distances, no measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FIBRE_KM_PER_MS: Final = 200.0
"""Light in glass: two thirds of its speed in vacuum, 299.8 km/ms, by a refractive index near 1.5."""
MEASURED_PAIRS: Final = 152
"""Pairs of Google's regions whose published round trip the model was held against."""
MEDIAN_ERROR: Final = 0.14
"""Half of them are no further from the model, as a part of what was measured."""
HIGH_ERROR: Final = 0.36
"""Nine in ten of them."""
BAD_PATH_FACTOR: Final = 2.4
"""One in ten of them takes a longer way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkModel:
    """Round trips as light in a fibre that takes a longer way than a bird.

    `path_factor` and `fixed_ms` are those with the least median error over round trips between Google's regions that
    Google published; docs/regions-plan.md has the error, and how they do on those of another network.

    Attributes:
        path_factor: Length of the way divided by the distance.
        fixed_ms: What every round trip takes however short it is: devices on the way.
        last_mile_ms: What the users' own lines add to each round trip. An assumption; it moves no user to another
            region, and is in every figure.
    """

    path_factor: float = 1.54
    fixed_ms: float = 2.0
    last_mile_ms: float = 10.0

    def backbone_ms(self, distance_km: float) -> float:
        """Return the round trip between two places of the network."""
        return self.fixed_ms + 2 * distance_km * self.path_factor / FIBRE_KM_PER_MS

    def user_ms(self, distance_km: float) -> float:
        """Return the round trip of a user to a region."""
        return self.last_mile_ms + self.backbone_ms(distance_km)
