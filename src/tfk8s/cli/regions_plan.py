"""`tfk8s regions plan`: which regions are near enough to the users, and what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tfk8s.cli.bench_options import objective
from tfk8s.cli.output import Format, output_option, present
from tfk8s.cli.picture_output import Target, picture_option, write_map
from tfk8s.cli.price_options import prices_option, read_prices
from tfk8s.cli.simulate_options import Finite
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.app.regions_plan import NodePrices
    from tfk8s.load import Objective

_IN = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
_MOST_REGIONS: Final = 8


def _objective(ctx: click.Context, param: click.Parameter, value: str | None) -> Objective | None:
    if value is not None and "failed" in value:
        raise click.BadParameter(f"{value!r}: a plan knows no failures; write p90=80ms", param=param)
    return objective(ctx, param, value)


@click.command("plan")
@click.option("--users", "users_file", type=_IN, required=True, help="CSV: latitude,longitude,rate and maybe name.")
@click.option("--objective", callback=_objective, metavar="P=LATENCY", help="What to keep, as p90=80ms.")
@click.option("--max-regions", type=click.IntRange(1, _MOST_REGIONS), default=3, show_default=True, help="Of a set.")
@click.option("--only", metavar="REGION,...", help="Regions that may be chosen.  [default: all of Google Cloud]")
@click.option("--compare", metavar="REGION,...", multiple=True, help="A set to show too, whatever it is like.")
@click.option("--node-rate", type=Finite(min=0, min_open=True), help="Requests/s that one node answers.")
@click.option("--min-nodes", type=click.IntRange(min=1), default=1, show_default=True, help="Of each region.")
@click.option(
    "--node-price", metavar="[REGION=]VALUE", multiple=True, help="Of one node for an hour, in any money; repeatable."
)
@prices_option
@click.option("--machine", metavar="TYPE", help="Of the nodes, with --prices: as e2-standard-4.")
@click.option("--last-mile", type=Finite(min=0), default=10.0, show_default=True, help="Ms of the users' own lines.")
@click.option("--path-factor", type=Finite(min=1), default=1.54, show_default=True, help="Way divided by distance.")
@picture_option
@output_option
def plan_command(
    *,
    users_file: Path,
    objective: Objective | None,
    max_regions: int,
    only: str | None,
    compare: tuple[str, ...],
    node_rate: float | None,
    min_nodes: int,
    node_price: tuple[str, ...],
    prices_file: Path | None,
    machine: str | None,
    last_mile: float,
    path_factor: float,
    picture: Target | None,
    output: Format,
) -> None:
    """Work out the expected latency of each set of regions, what its nodes cost, and the cheapest that is fast enough.

    Users go to the region with the least latency. Latency is a model over distances, and no measurement
    (docs/regions-plan.md); its error is told. Without an objective the picture shows the fastest set.

    \b
    Examples:
      tfk8s regions plan --users users.csv --objective p90=80ms
      tfk8s regions plan --users users.csv --node-rate 400 --node-price 0.19 --node-price southamerica-east1=0.31
      tfk8s regions plan --users users.csv --node-rate 400 --prices prices.yaml --machine e2-standard-4
      tfk8s regions plan --users users.csv --compare europe-west1,us-central1 --picture map.svg -o json
    """
    from tfk8s.app.regions_plan import RegionsRequest, plan_regions
    from tfk8s.app.regions_plan_picture import regions_map
    from tfk8s.app.regions_plan_text import regions_json, regions_lines, unmet_text
    from tfk8s.cli.predict import read_content
    from tfk8s.placement import NetworkModel, read_places

    name = "stdin" if str(users_file) == "-" else str(users_file)
    plan = plan_regions(
        RegionsRequest(
            users=users_file.name if users_file.name != "-" else name,
            places=read_places(_text(read_content(users_file), name=name), name=name),
            model=NetworkModel(path_factor=path_factor, last_mile_ms=last_mile),
            prices=_prices(node_price, prices_file=prices_file, machine=machine),
            node_rate=node_rate,
            min_nodes=min_nodes,
            objective=objective,
            most=max_regions,
            only=_names(only or ""),
            compared=tuple(map(_names, compare)),
        )
    )
    present(regions_json(plan), output=output, text=lambda: "\n".join(regions_lines(plan)))
    if picture is not None:
        write_map(picture, regions_map(plan, plan.best or plan.choices[-1]))
    if plan.best is None:
        raise InputError(unmet_text(plan), hint="allow more regions with --max-regions, or a longer time")


def _text(content: bytes, *, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: is not UTF-8: byte {error.start}", hint="save it as UTF-8") from error


def _names(text: str) -> tuple[str, ...]:
    """Read names with commas between them, each once."""
    return tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def _prices(given: tuple[str, ...], *, prices_file: Path | None, machine: str | None) -> NodePrices:
    """Read `VALUE` and `REGION=VALUE`, or what a price file says of a machine."""
    from tfk8s.app.regions_plan import NodePrices, prices_of_machines

    if (prices_file is None) != (machine is None):
        raise click.UsageError("--prices FILE and --machine TYPE go together")
    prices = read_prices(prices_file)
    if prices is not None and machine is not None:
        if given:
            raise click.UsageError("--prices says what a node costs: leave out --node-price")
        return prices_of_machines(prices, machine)
    found: dict[str, float] = {}
    for text in given:
        region, _, value = text.rpartition("=")
        try:
            price = Finite(min=0).convert(value, None, None)
        except click.BadParameter as error:
            raise click.BadParameter(
                f"{text!r} is no price: write 0.19, or europe-west1=0.21", param_hint="--node-price"
            ) from error
        if region in found:
            raise click.BadParameter(f"{region or 'all regions'} has two prices", param_hint="--node-price")
        found[region] = price
    return NodePrices(everywhere=found.pop("", None), of_region=found)
