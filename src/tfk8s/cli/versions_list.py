"""`tfk8s versions list`: which versions each pod serves, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.fleet_text import finding_text
from tfk8s.cli.output import Format, output_option
from tfk8s.cli.regional import Shown, in_regions, show
from tfk8s.cli.service_aim import find_service, name_option
from tfk8s.cli.watching import interval_option, show_looks, watch_option

if TYPE_CHECKING:
    from tfk8s.app.versions_list import Listing, Sight


@click.command("list")
@aim_options
@name_option
@watch_option
@interval_option(default_s=5.0)
@output_option
def list_command(
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
    """Show every version of every model on every pod: its state, its labels, its error.

    Each pod's own server is asked, through a port-forward. What differs between pods, a load that failed, a label that
    points nowhere is told with its cause and with what ends it. Ends with exit code 6 when something is wrong that does
    not end by itself. Nothing is changed.

    \b
    Examples:
      tfk8s versions list
      tfk8s versions list --watch
      tfk8s versions list --name resnet -n serving -o json | jq .findings
    """
    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    if watch:
        click.get_current_context().exit(_watch(_sight(aim, name=name), interval_s=interval, output=output))
    if name is not None:
        show(_listed(aim, name=name), output=output)
    else:
        in_regions(aim, lambda there: _listed(there, name=None), way="at once", output=output)


def _sight(aim: Aim, *, name: str | None) -> Sight:
    from tfk8s.app.versions_list import sight_of
    from tfk8s.cli import wiring
    from tfk8s.clock import SystemClock

    service = find_service(aim, name=name)
    return sight_of(
        service.name,
        cluster=service.cluster,
        servers=wiring.fleet_servers(),
        models=service.models,
        clock=SystemClock(),
    )


def _listed(aim: Aim, *, name: str | None) -> Shown:
    from tfk8s.app.fleet_look import require_alike
    from tfk8s.app.versions_list import list_versions, listing_json
    from tfk8s.clock import SystemClock
    from tfk8s.errors import RolloutFailedError

    listing = list_versions(_sight(aim, name=name), clock=SystemClock())
    error = None
    try:
        if listing.look is not None:
            require_alike(listing.look)
    except RolloutFailedError as found:
        error = found
    return Shown(document=listing_json(listing), text=lambda: "\n".join(_lines(listing)), error=error)


def _lines(listing: Listing) -> Iterator[str]:
    from tfk8s.app.fleet_report import table_lines
    from tfk8s.app.versions_list import heading_lines

    yield from heading_lines(listing)
    if listing.look is not None:
        yield from table_lines(listing.look.fleet)
        yield from finding_text(listing.look)


def _watch(sight: Sight, *, interval_s: float, output: Format) -> int:
    """Show looks until Ctrl-C; the code is that of the last state that was seen."""
    from tfk8s.app.versions_list import listing_json, watch_versions
    from tfk8s.clock import SystemClock

    looks = watch_versions(sight, clock=SystemClock(), interval_s=interval_s)
    return show_looks(looks, document=listing_json, lines=_lines, output=output, in_place=_lines_in_place)


def _lines_in_place(listing: Listing) -> Iterator[str]:
    """What is wrong stands above the table, which may be longer than the terminal."""
    from tfk8s.app.fleet_report import table_lines
    from tfk8s.app.versions_list import heading_lines

    yield from heading_lines(listing)
    if listing.look is not None:
        yield from finding_text(listing.look)
        yield from table_lines(listing.look.fleet)
