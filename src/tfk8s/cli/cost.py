"""`tfk8s cost`: what services cost, by the hour and the month, from a price file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.bench_options import objective as read_objective
from tfk8s.cli.cluster_options import place_options
from tfk8s.cli.cost_sources import CostAim
from tfk8s.cli.model_info import model_info_option
from tfk8s.cli.output import Format, output_option, present
from tfk8s.cli.price_options import prices_option
from tfk8s.cli.simulate_options import Finite, World
from tfk8s.cli.spec_file import specs_option

if TYPE_CHECKING:
    from tfk8s.load import Objective

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("cost")
@specs_option
@prices_option
@click.option("--live", is_flag=True, help="Also with the pods and nodes that the cluster has now.")
@click.option("--trace", "trace_file", type=_FILE, help="Also for this traffic, simulated; see docs/simulate.md.")
@click.option("--generate", "generated", metavar="TEXT", help="The same for traffic that is made, as day:20,400,7d.")
@click.option("--pod-rate", type=Finite(min=0, min_open=True), help="Requests/s that one pod answers at most.")
@click.option("--bench", "bench_file", type=_FILE, help="A measurement of `tfk8s bench --save`: cost of predictions.")
@click.option("--objective", callback=read_objective, metavar="P=LATENCY", help="In place of the measurement's own.")
@place_options
@model_info_option
@output_option
def cost_command(
    *,
    spec_files: tuple[Path, ...],
    prices_file: Path | None,
    live: bool,
    trace_file: Path | None,
    generated: str | None,
    pod_rate: float | None,
    bench_file: Path | None,
    objective: Objective | None,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    model_info: tuple[str, ...],
    output: Format,
) -> None:
    """Show pod-hours, node-hours and money of the fewest and the most pods, each line with its arithmetic.

    Nothing is asked but the files, unless --live is given. Services that name the same cluster share its nodes. Prices
    come from a file of yours; what has no price there is named, and no sum is made without it.

    \b
    Examples:
      tfk8s cost --prices prices.yaml
      tfk8s cost -f services/ --env prod --prices prices.yaml -o json
      tfk8s cost --prices prices.yaml --bench bench.json --trace monday.csv
      tfk8s cost --prices prices.yaml --live
    """
    from tfk8s.app.cost_text import cost_json, cost_lines

    aim = CostAim(
        spec_files=spec_files,
        prices_file=prices_file,
        namespace=namespace,
        context=context,
        kubeconfig=kubeconfig,
        is_live=live,
        world=World(trace_file=trace_file, generated=generated, pod_rate=pod_rate, bench_file=bench_file),
        objective=objective,
        model_info=model_info,
    )
    found = aim.estimate()
    present(cost_json(found), output=output, text=lambda: "\n".join(cost_lines(found)))
