"""`tfk8s versions list`: which versions each pod serves, and what is wrong with that."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.fleet_text import finding_text
from tfk8s.cli.output import Format, output_option, present, say, tell
from tfk8s.cli.service_aim import find_service, name_option

if TYPE_CHECKING:
    from tfk8s.app.versions_list import Listing, Sight


@click.command("list")
@aim_options
@name_option
@click.option("--watch", is_flag=True, help="Look again and again, until Ctrl-C; in a pipe each change is told once.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    help="Seconds between looks of --watch.",
)
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
    from tfk8s.app.fleet_look import require_alike
    from tfk8s.app.versions_list import list_versions, listing_json, sight_of
    from tfk8s.cli import wiring
    from tfk8s.clock import SystemClock

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    service, clock = find_service(aim, name=name), SystemClock()
    sight = sight_of(
        service.name,
        cluster=service.cluster,
        servers=wiring.fleet_servers(),
        models=service.models,
        clock=clock,
    )
    if watch:
        click.get_current_context().exit(_watch(sight, interval_s=interval, output=output))
    listing = list_versions(sight, clock=clock)
    present(listing_json(listing), output=output, text=lambda: "\n".join(_lines(listing)))
    if listing.look is not None:
        require_alike(listing.look)


def _lines(listing: Listing) -> Iterator[str]:
    from tfk8s.app.fleet_report import table_lines
    from tfk8s.app.versions_list import heading_lines

    yield from heading_lines(listing)
    if listing.look is not None:
        yield from table_lines(listing.look.fleet)
        yield from finding_text(listing.look)


def _watch(sight: Sight, *, interval_s: float, output: Format) -> int:
    """Show looks until Ctrl-C; the code is that of the last state that was seen."""
    from tfk8s.app.versions_list import watch_versions
    from tfk8s.clock import SystemClock
    from tfk8s.errors import PreconditionError

    code = PreconditionError.exit_code
    is_terminal = output == "text" and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    try:
        with _in_place() if is_terminal else _appending(output) as show:
            for listing in watch_versions(sight, clock=SystemClock(), interval_s=interval_s):
                code = listing.exit_code  # before it is told: whoever reads it may press Ctrl-C at once
                show(listing)
    except KeyboardInterrupt:
        tell("")
    return code


@contextmanager
def _in_place() -> Iterator[Callable[[Listing], None]]:
    """On a terminal: the newest look in the place of the one before; what is wrong stands above the table."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from tfk8s.app.fleet_report import table_lines
    from tfk8s.app.versions_list import heading_lines

    with Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="ellipsis") as live:

        def show(listing: Listing) -> None:
            lines = [f"{listing.time}  Ctrl-C ends", *heading_lines(listing)]
            if listing.look is not None:
                lines += [*finding_text(listing.look), *table_lines(listing.look.fleet)]
            live.update(Text.from_ansi("\n".join(lines), no_wrap=True, overflow="ellipsis"), refresh=True)

        yield show


@contextmanager
def _appending(output: Format) -> Iterator[Callable[[Listing], None]]:
    """In a pipe or a log: each look that shows something else than the one before."""
    import json

    from tfk8s.app.versions_list import listing_json

    last: Listing | None = None

    def show(listing: Listing) -> None:
        nonlocal last
        if listing.shows_same(last):
            return
        last = listing
        if output == "text":
            say("\n".join([listing.time, *_lines(listing), ""]))
            return
        line = json.dumps(listing_json(listing), ensure_ascii=False)
        say(line if output == "json" else f"--- {line}")  # JSON is YAML, and can be read document by document

    yield show
