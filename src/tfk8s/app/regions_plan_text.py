"""A plan of regions as tables and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfk8s.pictures import Table, number_text, to_text
from tfk8s.placement import BAD_PATH_FACTOR, HIGH_ERROR, MEASURED_PAIRS, MEDIAN_ERROR, weighted_percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfk8s.app.regions_plan import RegionsPlan
    from tfk8s.manifest import JsonObject
    from tfk8s.placement import Choice

_TOLD: Final = (50.0, 90.0, 99.0)


def regions_lines(plan: RegionsPlan) -> Iterator[str]:
    """Yield what was looked at, the sets worth a look, and the best one region by region."""
    request = plan.request
    yield (
        f"{request.users}: {_count(len(request.places), 'place')}, {number_text(sum(plan.problem.rates))} requests/s;"
        f" {_count(plan.set_count, 'set')} of up to {min(request.most, len(plan.regions))}"
        f" of {_count(len(plan.regions), 'region')}"
    )
    yield ""
    yield "sets that no other beats, from the cheapest to the fastest:"
    yield to_text(_sets(plan, plan.choices))
    if plan.compared:
        yield ""
        yield "sets that were asked for:"
        yield to_text(_sets(plan, plan.compared))
    if plan.best is not None:
        yield ""
        yield f"{_why(plan)}: {' + '.join(plan.names(plan.best))}"
        yield to_text(_shares(plan, plan.best))
    yield ""
    yield from (f"note: {note}" for note in _notes(plan))


def regions_json(plan: RegionsPlan) -> JsonObject:
    """The stable form of `-o json`."""
    request = plan.request
    model, objective = request.model, request.objective
    return {
        "users": {
            "name": request.users,
            "places": len(request.places),
            "rate": sum(plan.problem.rates),
        },
        "model": {
            "pathFactor": model.path_factor,
            "fixedMilliseconds": model.fixed_ms,
            "lastMileMilliseconds": model.last_mile_ms,
            "measuredPairs": MEASURED_PAIRS,
            "medianError": MEDIAN_ERROR,
            "p90Error": HIGH_ERROR,
        },
        "objective": None
        if objective is None
        else {"percentile": objective.percentile, "latencySeconds": objective.latency_s},
        "costUnit": "money" if request.prices.are_given else "nodes",
        "regions": [region.name for region in plan.regions],
        "sets": plan.set_count,
        "choices": [_choice_json(plan, choice) for choice in plan.choices],
        "compared": [_choice_json(plan, choice) for choice in plan.compared],
        "best": None
        if plan.best is None
        else {**_choice_json(plan, plan.best), "onBadPathsMilliseconds": plan.best_on_bad_paths_ms},
        "notes": list(_notes(plan)),
    }


def unmet_text(plan: RegionsPlan) -> str:
    """Say that no set keeps the objective."""
    fastest = plan.choices[-1]
    return (
        f"no set of up to {plan.request.most} regions keeps {objective_text(plan)}: the fastest,"
        f" {' + '.join(plan.names(fastest))}, has {_ms(fastest.at_percentile_ms)} ms"
    )


def objective_text(plan: RegionsPlan) -> str:
    """Write the objective as people do."""
    objective = plan.request.objective
    bound = "" if objective is None else f" of {number_text(objective.latency_s * 1000)} ms"
    return f"p{plan.request.percentile:g}{bound}"


def _why(plan: RegionsPlan) -> str:
    if plan.request.objective is None:
        return f"the fastest by {objective_text(plan)}"
    return f"the cheapest that keeps {objective_text(plan)}"


def _sets(plan: RegionsPlan, choices: Sequence[Choice]) -> Table:
    percentiles = _percentiles(plan)
    return Table(
        caption="sets of regions",
        head=("regions", *(f"p{percentile:g} ms" for percentile in percentiles), "nodes", *_cost_title(plan), ""),
        rows=tuple(
            (
                " + ".join(plan.names(choice)),
                *(_ms(weighted_percentile(choice.latencies_ms, plan.problem.rates, one)) for one in percentiles),
                str(sum(choice.nodes)),
                *_cost(plan, choice.cost),
                "<" if choice == plan.best else "",
            )
            for choice in choices
        ),
    )


def _shares(plan: RegionsPlan, choice: Choice) -> Table:
    total = sum(plan.problem.rates)
    return Table(
        caption="the best set, region by region",
        head=("region", "city", "requests/s", "share", "nodes", *_cost_title(plan), "slowest ms"),
        rows=tuple(
            (
                plan.problem.sites[site].name,
                plan.regions[site].city,
                number_text(rate),
                f"{rate / total:.0%}",
                str(nodes),
                *_cost(plan, plan.problem.sites[site].cost(nodes)),
                _slowest(choice, site),
            )
            for site, rate, nodes in zip(choice.sites, choice.rates, choice.nodes, strict=True)
        ),
    )


def _slowest(choice: Choice, site: int) -> str:
    own = [ms for ms, owner in zip(choice.latencies_ms, choice.owners, strict=True) if owner == site]
    return _ms(max(own)) if own else "–"


def _choice_json(plan: RegionsPlan, choice: Choice) -> JsonObject:
    return {
        "regions": [
            {"name": plan.problem.sites[site].name, "rate": rate, "nodes": nodes}
            for site, rate, nodes in zip(choice.sites, choice.rates, choice.nodes, strict=True)
        ],
        "nodes": sum(choice.nodes),
        "costHour": choice.cost,
        "milliseconds": {
            f"p{percentile:g}": weighted_percentile(choice.latencies_ms, plan.problem.rates, percentile)
            for percentile in _percentiles(plan)
        },
    }


def _percentiles(plan: RegionsPlan) -> list[float]:
    return sorted({*_TOLD, plan.request.percentile})


def _notes(plan: RegionsPlan) -> Iterator[str]:
    model, request = plan.request.model, plan.request
    yield (
        f"round trips are a model: {number_text(model.last_mile_ms)} ms for the users' own line,"
        f" {number_text(model.fixed_ms)} ms, and light in a fibre {number_text(model.path_factor)} times as long as the"
        f" distance; of {MEASURED_PAIRS} measured between Google's regions half are within {MEDIAN_ERROR:.0%} of it,"
        f" nine in ten within {HIGH_ERROR:.0%} (docs/regions-plan.md)"
    )
    if plan.best is not None and plan.best_on_bad_paths_ms is not None:
        yield (
            f"where every way is {max(BAD_PATH_FACTOR, model.path_factor):g} times as long as the distance, as one"
            f" measured way in ten, {' + '.join(plan.names(plan.best))} has p{request.percentile:g} of"
            f" {_ms(plan.best_on_bad_paths_ms)} ms"
        )
    if request.node_rate is None:
        yield f"each region has {_count(request.min_nodes, 'node')} whatever it gets: no --node-rate was given"
    yield from request.prices.notes
    if not request.prices.are_given:
        yield "cost is the number of nodes: neither --node-price nor --prices was given"


def _cost_title(plan: RegionsPlan) -> tuple[str, ...]:
    return ("cost/h",) if plan.request.prices.are_given else ()


def _cost(plan: RegionsPlan, cost: float) -> tuple[str, ...]:
    """Write money, where prices were given."""
    return (f"{cost:,.4g}" if cost < 1 else f"{cost:,.2f}",) if plan.request.prices.are_given else ()


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _ms(value: float) -> str:
    return f"{value:.0f}"
