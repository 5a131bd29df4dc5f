"""`tfk8s autoscale show`: replicas, bounds, metrics and conditions of the live autoscaler."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.output import Format, output_option, present
from tfk8s.cli.service_aim import find_service, name_option
from tfk8s.cli.watching import interval_option, show_looks, watch_option

if TYPE_CHECKING:
    from tfk8s.app.autoscale_show import Showing


@click.command("show")
@aim_options
@name_option
@watch_option
@interval_option(default_s=5.0)
@output_option
@click.pass_context
def show_command(
    ctx: click.Context,
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    name: str | None,
    watch: bool,
    interval: float,
    output: Format,
) -> None:
    """Show the autoscaler: current and desired pods, bounds, each metric beside its target, conditions.

    Ours, KEDA's, or anybody's. Nothing is changed.

    \b
    Examples:
      tfk8s autoscale show
      tfk8s autoscale show --watch
      tfk8s autoscale show --name resnet -n serving -o json | jq .autoscaler.desired
    """
    from tfk8s.app.autoscale_show import show, show_json, show_lines
    from tfk8s.app.autoscale_show import watch as looks
    from tfk8s.clock import SystemClock

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    service, clock = find_service(aim, name=name), SystemClock()
    if watch:
        found: Iterator[Showing] = looks(service.name, cluster=service.cluster, clock=clock, interval_s=interval)
        ctx.exit(show_looks(found, document=show_json, lines=show_lines, output=output))
    showing = show(service.name, cluster=service.cluster, clock=clock)
    present(show_json(showing), output=output, text=lambda: "\n".join(show_lines(showing)))
