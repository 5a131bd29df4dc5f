"""`tfk8s regions`: in which regions a service should run, and the fleet that they are."""

from __future__ import annotations

from typing import Final

import click

from tfk8s.cli.commands import Entry
from tfk8s.cli.lazy_group import LazyGroup

_SUBCOMMANDS: Final[dict[str, Entry]] = {
    "fleet": Entry("tfk8s.cli.regions_fleet", "Switch on in the fleet what a Gateway of several clusters needs."),
    "plan": Entry("tfk8s.cli.regions_plan", "Expected latency of each set of regions beside its cost."),
}


class _RegionsGroup(LazyGroup):
    table = _SUBCOMMANDS


@click.group("regions", cls=_RegionsGroup)
def regions_command() -> None:
    """Choose the regions of a service that has users in many places.

    \b
    Examples:
      tfk8s regions plan --users users.csv --objective p90=80ms
      tfk8s regions fleet --dry-run
    """
