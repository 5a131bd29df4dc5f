"""Which sets of regions are worth a look: none that is as cheap is faster, none that is as fast is cheaper.

The search is exact: it works every set out, with sets of places as bits.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import le, lt, mul
from typing import Final, NamedTuple

from tfk8s.placement.masks import Weights, mask_of

_ROUNDING: Final = 1e-9


class Site(NamedTuple):
    """A region that may be chosen.

    Attributes:
        name: Of the region.
        node_price: Of one node for an hour.
        latencies_ms: From each place of users, in their order.
        own_price: Of the region for an hour, however many nodes it has.
    """

    name: str
    node_price: float
    latencies_ms: tuple[float, ...]
    own_price: float = 0.0

    def cost(self, nodes: int) -> float:
        """Of so many nodes there for an hour."""
        return self.own_price + nodes * self.node_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is to be served, and where it may be.

    Attributes:
        rates: Requests a second of each place, above 0.
        sites: What may be chosen, at least one.
        node_rate: Requests a second that one node answers; `None`: a region has its fewest nodes, whatever it gets.
        min_nodes: The fewest nodes of a region.
        percentile: By which percentile of the requests sets are compared.
    """

    rates: tuple[float, ...]
    sites: tuple[Site, ...]
    node_rate: float | None = None
    min_nodes: int = 1
    percentile: float = 90.0

    def nodes_for(self, rate: float) -> int:
        """Return how many nodes a region needs."""
        if self.node_rate is None:
            return self.min_nodes
        return max(self.min_nodes, math.ceil(rate / self.node_rate - _ROUNDING))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A set of regions: each place is served by the one with the least latency.

    Attributes:
        sites: Places of the regions in the problem, rising.
        owners: Which of the sites serves each place.
        latencies_ms: Of each place.
        rates: Requests a second of each site, in the order of `sites`.
        nodes: Likewise.
        cost: Of all regions and their nodes for an hour.
        at_percentile_ms: Latency at the problem's percentile.
        mean_ms: Latency of the average request.
    """

    sites: tuple[int, ...]
    owners: tuple[int, ...]
    latencies_ms: tuple[float, ...]
    rates: tuple[float, ...]
    nodes: tuple[int, ...]
    cost: float
    at_percentile_ms: float
    mean_ms: float


def choice_of(problem: Problem, sites: Sequence[int]) -> Choice:
    """Work one set of regions out."""
    chosen = tuple(sorted(sites))
    owners, latencies = [], []
    for place in range(len(problem.rates)):
        ms, owner = min((problem.sites[site].latencies_ms[place], site) for site in chosen)
        owners.append(owner)
        latencies.append(ms)
    loads = dict.fromkeys(chosen, 0.0)
    for owner, rate in zip(owners, problem.rates, strict=True):
        loads[owner] += rate
    rates = tuple(loads.values())
    return Choice(
        sites=chosen,
        owners=tuple(owners),
        latencies_ms=tuple(latencies),
        rates=rates,
        nodes=tuple(map(problem.nodes_for, rates)),
        cost=_cost(problem, chosen, rates),
        at_percentile_ms=weighted_percentile(latencies, problem.rates, problem.percentile),
        mean_ms=math.fsum(map(mul, latencies, problem.rates)) / math.fsum(problem.rates),
    )


def efficient_choices(problem: Problem, *, most: int) -> tuple[Choice, ...]:
    """Return every set of at most `most` regions that is not beaten, from the cheapest to the fastest.

    A set is beaten by one that is no dearer and no slower. Of sets that cost the same and are as fast at the problem's
    percentile, that with the fastest average request is kept; then the smallest, then the first by the order of sites.
    """
    weights = Weights(problem.rates)
    nearer = _nearer(problem.sites)
    front = _Front(problem, weights)
    for size in range(1, min(most, len(problem.sites)) + 1):
        for chosen in itertools.combinations(range(len(problem.sites)), size):
            loads = [weights.of(_all_of(nearer[site][other] for other in chosen)) for site in chosen]
            if front.may_take(chosen, cost=_cost(problem, chosen, loads)):
                front.offer(choice_of(problem, chosen))
    return tuple(sorted(front.choices, key=lambda choice: choice.cost))


def weighted_percentile(values: Sequence[float], weights: Sequence[float], percentile: float) -> float:
    """Return the lowest value that this part of the weight does not exceed."""
    needed = _needed(sum(weights), percentile)
    reached = 0.0
    for value, weight in sorted(zip(values, weights, strict=True)):
        reached += weight
        if reached >= needed:
            return value
    return max(values)


class _Front:
    """The sets that none so far beats."""

    def __init__(self, problem: Problem, weights: Weights) -> None:
        self.choices: list[Choice] = []
        self._problem = problem
        self._weights = weights
        self._needed = _needed(sum(problem.rates), problem.percentile)
        self._within: dict[tuple[float, bool], list[int]] = {}

    def may_take(self, chosen: Sequence[int], *, cost: float) -> bool:
        """Whether it is faster than all that are cheaper, and as fast as all that cost the same."""
        cheaper = min((one.at_percentile_ms for one in self.choices if one.cost < cost), default=math.inf)
        same = min((one.at_percentile_ms for one in self.choices if one.cost == cost), default=math.inf)
        if cheaper <= same:
            return self._is_within(chosen, cheaper, is_faster=True)
        return self._is_within(chosen, same, is_faster=False)

    def offer(self, choice: Choice) -> None:
        """Take one in the place of those that it beats, unless it is beaten itself."""
        if not any(_beats(one, choice) for one in self.choices):
            self.choices = [one for one in self.choices if not _beats(choice, one)]
            self.choices.append(choice)

    def _is_within(self, chosen: Sequence[int], bound_ms: float, *, is_faster: bool) -> bool:
        """Whether enough requests take no longer than a bound, or less where it is to be faster."""
        key = bound_ms, is_faster
        if key not in self._within:
            compare = lt if is_faster else le
            self._within[key] = [
                mask_of(compare(ms, bound_ms) for ms in site.latencies_ms) for site in self._problem.sites
            ]
        within, covered = self._within[key], 0
        for site in chosen:
            covered |= within[site]
        return self._weights.of(covered) >= self._needed


def _nearer(sites: Sequence[Site]) -> list[list[int]]:
    """Return for each two sites the places that the first one serves rather than the second."""
    return [
        [
            mask_of(
                (mine, one) <= (others, other)
                for mine, others in zip(sites[one].latencies_ms, sites[other].latencies_ms, strict=True)
            )
            for other in range(len(sites))
        ]
        for one in range(len(sites))
    ]


def _all_of(masks: Iterable[int]) -> int:
    found = -1
    for mask in masks:
        found &= mask
    return found


def _cost(problem: Problem, chosen: Sequence[int], rates: Sequence[float]) -> float:
    found = (problem.sites[site].cost(problem.nodes_for(rate)) for site, rate in zip(chosen, rates, strict=True))
    return round(math.fsum(found), 9)  # so that as many nodes of one price cost the same however they are spread


def _needed(weight: float, percentile: float) -> float:
    return weight * percentile / 100 * (1 - _ROUNDING)


def _beats(one: Choice, other: Choice) -> bool:
    if one.cost > other.cost or one.at_percentile_ms > other.at_percentile_ms:
        return False
    is_better = one.cost < other.cost or one.at_percentile_ms < other.at_percentile_ms
    return is_better or one.mean_ms <= other.mean_ms
