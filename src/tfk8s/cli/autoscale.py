"""`tfk8s autoscale`: how many pods the autoscaler asks for, before and after it is deployed."""

from __future__ import annotations

from typing import Final

import click

from tfk8s.cli.commands import Entry
from tfk8s.cli.lazy_group import LazyGroup

_SUBCOMMANDS: Final[dict[str, Entry]] = {
    "recommend": Entry("tfk8s.cli.autoscale_recommend", "Work bounds, target and behavior out from a measurement."),
    "rules": Entry("tfk8s.cli.autoscale_rules", "Print the rules that prometheus-adapter needs."),
    "show": Entry("tfk8s.cli.autoscale_show", "Show pods, bounds, each metric beside its target, and conditions."),
    "simulate": Entry("tfk8s.cli.autoscale_simulate", "Replay traffic and show replicas, latency, drops and cost."),
    "why": Entry("tfk8s.cli.autoscale_why", "Say why there are as many pods as there are, and what comes next."),
}


class _AutoscaleGroup(LazyGroup):
    table = _SUBCOMMANDS


@click.group("autoscale", cls=_AutoscaleGroup)
def autoscale_command() -> None:
    """See what an autoscaler does with traffic, by the very rules of the Kubernetes controller.

    \b
    Examples:
      tfk8s autoscale show
      tfk8s autoscale why
      tfk8s autoscale simulate --trace monday.csv --pod-rate 40
    """
