"""Which old versions go when a new one comes. Pure: what may never go is a fact that the caller brings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The decision.

    Attributes:
        kept: versions that stay, ascending.
        removed: versions that go, ascending.
        spared: versions beyond the last K that stay all the same, with the reason of each.
    """

    kept: tuple[int, ...]
    removed: tuple[int, ...] = ()
    spared: Mapping[int, str] = field(default_factory=dict)


def decide_retention(versions: Iterable[int], *, keep: int | None, protected: Mapping[int, str]) -> Retention:
    """Keep the highest `keep` numbers and whatever is protected; None keeps all.

    Args:
        versions: all that there are, the new one among them.
        keep: how many; at least 1.
        protected: why a version may not go, by its number.
    """
    ordered = sorted(set(versions))
    if keep is None:
        return Retention(kept=tuple(ordered))
    old = ordered[:-keep]
    spared = {number: protected[number] for number in old if number in protected}
    removed = tuple(number for number in old if number not in protected)
    return Retention(kept=tuple(number for number in ordered if number not in removed), removed=removed, spared=spared)
