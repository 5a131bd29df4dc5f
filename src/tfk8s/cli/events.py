"""`tfk8s events`: what happened to the objects of the service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.output import Format, output_option, present, say, tell, warn
from tfk8s.cli.service_aim import find_service, name_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfk8s.app.events import EventNews, ServiceEvent


@click.command("events")
@aim_options
@name_option
@click.option("--watch", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=2.0,
    show_default=True,
    help="Seconds between looks of --watch.",
)
@click.option("--warnings", is_flag=True, help="Warnings alone.")
@output_option
@click.pass_context
def events_command(
    ctx: click.Context,
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    name: str | None,
    watch: bool,
    interval: float,
    warnings: bool,
    output: Format,
) -> None:
    """Show what happened to the objects of the service, oldest first: Deployment, pods, autoscaler, ways in, claims.

    Pods that are gone are among them: the API server keeps events for an hour, by default. `!` marks a warning. Where
    the cause is known, it is told with what ends it; many warnings of a start, such as a probe that fails while the
    model loads, have none.

    \b
    Examples:
      tfk8s events --warnings
      tfk8s events --watch
      tfk8s events -o json | jq '.events[] | select(.cause) | .fix'
    """
    from tfk8s.app.events import event_json, event_lines, service_events, watch_events
    from tfk8s.clock import SystemClock

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    service = find_service(aim, name=name)
    if watch:
        news = watch_events(
            service.name,
            cluster=service.cluster,
            clock=SystemClock(),
            interval_s=interval,
            warnings_only=warnings,
        )
        ctx.exit(_until_interrupted(news, output=output))
    found = service_events(service.name, cluster=service.cluster, warnings_only=warnings)
    none = f"no {'warnings' if warnings else 'events'} of {service.name.name} in {service.name.namespace}"
    present(
        {"events": [event_json(item) for item in found]},
        output=output,
        text=lambda: "\n".join(line for item in found for line in event_lines(item)) or none,
    )


def _until_interrupted(news: Iterator[EventNews], *, output: Format) -> int:
    """Tell what happens until Ctrl-C, which is how it is meant to end."""
    try:
        for item in news:
            if item.seen is None:
                warn(item.problem)
            else:
                _tell(item.seen, output=output)
    except KeyboardInterrupt:
        tell("")
    return 0


def _tell(seen: ServiceEvent, *, output: Format) -> None:
    from tfk8s.app.events import event_json, event_lines

    if output == "text":
        say("\n".join(event_lines(seen)))
        return
    import json

    line = json.dumps(event_json(seen), ensure_ascii=False)
    say(line if output == "json" else f"--- {line}")  # JSON is YAML, and a document a line can be read while it grows
