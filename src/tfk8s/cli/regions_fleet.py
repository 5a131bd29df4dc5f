"""`tfk8s regions fleet`: switches on in Google's fleet what a Gateway of several clusters needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import DEFAULT_SPEC
from tfk8s.cli.output import Format, output_option, present
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.spec_file import all_regions, environment_option

if TYPE_CHECKING:
    from tfk8s.app.regions_fleet import FleetStep


@click.command("fleet")
@click.option("-f", "--file", "spec_file", type=click.Path(path_type=Path), default=DEFAULT_SPEC, help="The spec.")
@environment_option
@click.option("--dry-run", is_flag=True, help="Only show what would be switched on.")
@output_option
@progress_option
def fleet_command(*, spec_file: Path, dry_run: bool, output: Format, progress: ProgressStyle) -> None:
    """Switch on in the fleet what a Gateway of several clusters needs: their services, and its controller.

    Once for a project, after its clusters were made, by somebody who may change the fleet (roles/gkehub.editor). What
    is on already is not changed, and `down` leaves it on.

    \b
    Examples:
      tfk8s regions fleet --dry-run
      tfk8s regions fleet -f tfk8s.yaml -o json
    """
    from tfk8s.app.regions_fleet import fleet_wish, plan_fleet, switch_on
    from tfk8s.cli import wiring

    regions, _ = all_regions(spec_file)
    wish = fleet_wish(regions)
    fleet = wiring.fleet_of(wish.project)
    steps = plan_fleet(wish, fleet=fleet)
    if not dry_run:
        switch_on(steps, fleet=fleet, reporter=reporter(progress))
    present(
        {
            "fleet": wish.project,
            "holder": wish.holder,
            "features": [{"name": step.feature, "action": _action(step, dry_run=dry_run)} for step in steps],
        },
        output=output,
        text=lambda: "\n".join(f"{step.feature}: {_action(step, dry_run=dry_run)}" for step in steps),
    )


def _action(step: FleetStep, *, dry_run: bool) -> str:
    if step.is_on:
        return "is on"
    return "would be switched on" if dry_run else "switched on"
