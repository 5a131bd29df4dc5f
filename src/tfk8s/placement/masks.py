"""Sets of places as the bits of an integer, so that a set of regions is worked out without a look at each place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import getitem
from typing import Final

_BITS: Final = 8


def mask_of(are_in: Iterable[bool]) -> int:
    """Return the set of the places for which it is true; the first place is the lowest bit."""
    return int("".join("1" if is_in else "0" for is_in in are_in)[::-1] or "0", 2)


class Weights:
    """What sets of places weigh: a table for each eight of them."""

    def __init__(self, weights: Sequence[float]) -> None:
        """Add up every combination of eight."""
        eights = (weights[start : start + _BITS] for start in range(0, len(weights), _BITS))
        self._tables = [_sums(eight) for eight in eights]

    def of(self, mask: int) -> float:
        """Return the weight of a set."""
        return sum(map(getitem, self._tables, mask.to_bytes(len(self._tables), "little")))


def _sums(weights: Sequence[float]) -> list[float]:
    """Return the sum of each subset, by its bits."""
    found = [0.0]
    for weight in weights:
        found += [one + weight for one in found]
    return found
