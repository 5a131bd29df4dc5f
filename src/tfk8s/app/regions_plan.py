"""Which regions to serve from: every set of a few, its expected latency beside the cost of its nodes."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from tfk8s.cost import Missing, Price, Tariff
from tfk8s.errors import InputError
from tfk8s.placement import (
    BAD_PATH_FACTOR,
    REGIONS,
    Choice,
    NetworkModel,
    Problem,
    Site,
    choice_of,
    distance_km,
    efficient_choices,
)

if TYPE_CHECKING:
    from tfk8s.load import Objective
    from tfk8s.placement import Place, Region
    from tfk8s.spec.prices import PriceList

MOST_WORK: Final = 150_000_000
"""Sets times places: minutes at most."""
_COMPARED: Final = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePrices:
    """For an hour, in any money.

    Attributes:
        everywhere: Of one node, where no other is given; `None`: a region without its own price is left out.
        of_region: Of one node, by the name of the region.
        clusters: Of the management of a region's cluster, likewise; a region that is not there has none.
        notes: What a reader of the costs must know.
    """

    everywhere: float | None = None
    of_region: Mapping[str, float] = field(default_factory=dict)
    clusters: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def are_given(self) -> bool:
        """Whether costs are money; else they are nodes."""
        return self.everywhere is not None or bool(self.of_region)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionsRequest:
    """What to work out.

    Attributes:
        users: What the places are called, as a file.
        places: Where users are, at least one.
        model: Of the network.
        prices: Of nodes.
        node_rate: Requests a second that one node answers; `None`: each region has its fewest nodes.
        min_nodes: The fewest nodes of a region.
        objective: The latency to keep; `None`: none.
        most: The most regions of a set.
        only: Names of the regions that may be chosen; empty: all.
        compared: Sets to show whatever they are like.
    """

    users: str
    places: tuple[Place, ...]
    model: NetworkModel = field(default_factory=NetworkModel)
    prices: NodePrices = field(default_factory=NodePrices)
    node_rate: float | None = None
    min_nodes: int = 1
    objective: Objective | None = None
    most: int = 3
    only: tuple[str, ...] = ()
    compared: tuple[tuple[str, ...], ...] = ()

    @property
    def percentile(self) -> float:
        """By which percentile sets are compared."""
        return _COMPARED if self.objective is None else self.objective.percentile


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionsPlan:
    """What came out.

    Attributes:
        request: What was asked.
        problem: With the regions that could be chosen.
        regions: Those of the problem's sites, in its order.
        set_count: How many sets were worked out.
        choices: The sets that no other beats, from the cheapest to the fastest.
        compared: Those that were asked for, in their order.
        best: The cheapest that keeps the objective; without an objective the fastest; `None`: none keeps it.
        best_on_bad_paths_ms: What it has at the objective's percentile where every way is as long as one measured way
            in ten.
    """

    request: RegionsRequest
    problem: Problem
    regions: tuple[Region, ...]
    set_count: int
    choices: tuple[Choice, ...]
    compared: tuple[Choice, ...]
    best: Choice | None
    best_on_bad_paths_ms: float | None

    def names(self, choice: Choice) -> tuple[str, ...]:
        """Return the regions of a set."""
        return tuple(self.problem.sites[site].name for site in choice.sites)


def prices_of_machines(prices: PriceList, machine: str) -> NodePrices:
    """Take what a node of this machine costs from a price file, where it says so.

    Raises:
        InputError: It says so nowhere.
    """
    tariffs = {region.name: Tariff(prices=prices, region=region.name) for region in REGIONS}
    machines = {name: tariff.machine(machine, spot=False) for name, tariff in tariffs.items()}
    clusters = {name: tariff.cluster() for name, tariff in tariffs.items()}
    found = {name: float(price.amount) for name, price in machines.items() if isinstance(price, Price)}
    if not found:
        missing = next(price for price in machines.values() if isinstance(price, Missing))
        raise InputError(
            f"the price file has no machine {machine} in any region", hint=f"give {missing}, or anywhere.machines"
        )
    managed = {name: float(price.amount) for name, price in clusters.items() if isinstance(price, Price)}
    notes = [f"prices in {prices.currency} of {prices.date}: {prices.source}"]
    if set(found) - set(managed):
        notes.append("the management of clusters is not in the cost: the price file has no clusterHour for them")
    return NodePrices(of_region=found, clusters=managed, notes=tuple(notes))


def plan_regions(request: RegionsRequest) -> RegionsPlan:
    """Work out every set.

    Raises:
        InputError: A region is not known or has no price, or it would be too much work.
    """
    regions = _regions(request)
    problem = _problem(request, regions, model=request.model)
    most = min(request.most, len(regions))
    set_count = sum(math.comb(len(regions), size) for size in range(1, most + 1))
    if set_count * len(request.places) > MOST_WORK:
        raise InputError(
            f"{set_count:,} sets of up to {most} of {len(regions)} regions, for {len(request.places):,} places, are too"
            f" many: at most {MOST_WORK:,} together",
            hint="give a smaller --max-regions or fewer regions with --only, or round positions: rows of the same"
            " position are added up",
        )
    choices = efficient_choices(problem, most=most)
    by_name = {region.name: place for place, region in enumerate(regions)}
    best = _best(choices, request.objective)
    return RegionsPlan(
        request=request,
        problem=problem,
        regions=regions,
        set_count=set_count,
        choices=choices,
        compared=tuple(choice_of(problem, [by_name[name] for name in names]) for names in request.compared),
        best=best,
        best_on_bad_paths_ms=None if best is None else _on_bad_paths(request, regions, best),
    )


def _regions(request: RegionsRequest) -> tuple[Region, ...]:
    known = {region.name: region for region in REGIONS}
    compared = [name for names in request.compared for name in names]
    for name in (*request.only, *request.prices.of_region, *compared):
        if name not in known:
            raise InputError(f"no region is called {name!r}", hint=_nearest(name, known))
    names = request.only or tuple(known)
    if request.prices.are_given and request.prices.everywhere is None:
        names = tuple(name for name in names if name in request.prices.of_region)
    if not names:
        raise InputError("no region that may be chosen has a price", hint="give --node-price VALUE for all regions")
    for name in compared:
        if name not in names:
            raise InputError(
                f"{name} is to be compared, but has no price or is not one of --only",
                hint=f"give --node-price {name}=VALUE, and name it in --only too",
            )
    return tuple(known[name] for name in known if name in names)


def _nearest(name: str, known: Mapping[str, Region]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"write {close[0]!r}" if close else f"known are {', '.join(known)}"


def _problem(request: RegionsRequest, regions: Sequence[Region], *, model: NetworkModel) -> Problem:
    return Problem(
        rates=tuple(place.rate for place in request.places),
        sites=tuple(
            Site(
                name=region.name,
                node_price=_price(request.prices, region),
                own_price=request.prices.clusters.get(region.name, 0.0),
                latencies_ms=tuple(
                    model.user_ms(distance_km(region.position, place.position)) for place in request.places
                ),
            )
            for region in regions
        ),
        node_rate=request.node_rate,
        min_nodes=request.min_nodes,
        percentile=request.percentile,
    )


def _price(prices: NodePrices, region: Region) -> float:
    if not prices.are_given:
        return 1.0  # cost is told in nodes
    return prices.of_region.get(region.name, prices.everywhere or 0.0)


def _best(choices: Sequence[Choice], objective: Objective | None) -> Choice | None:
    """Take the cheapest that is fast enough: of those that no other beats, from the cheapest on, the first."""
    if objective is None:
        return choices[-1]
    bound_ms = objective.latency_s * 1000
    return next((choice for choice in choices if choice.at_percentile_ms <= bound_ms), None)


def _on_bad_paths(request: RegionsRequest, regions: Sequence[Region], best: Choice) -> float:
    model = replace(request.model, path_factor=max(request.model.path_factor, BAD_PATH_FACTOR))
    return choice_of(_problem(request, regions, model=model), best.sites).at_percentile_ms
