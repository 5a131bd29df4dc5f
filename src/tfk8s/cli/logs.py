"""`tfk8s logs`: what the servers of all pods write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.duration import duration
from tfk8s.cli.output import say, tell
from tfk8s.cli.service_aim import find_service, name_option

if TYPE_CHECKING:
    from collections.abc import Generator

    from tfk8s.app.logs_containers import ContainerPlace
    from tfk8s.app.logs_reader import LogEntry, LogItem, LogNotice

_LEVELS = ("info", "warning", "error", "fatal")
_TAIL = 100
_COLOURS = ("cyan", "green", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta", "bright_blue")
_SEVERITIES = {"WARNING": "yellow", "ERROR": "red", "FATAL": "bright_red"}


def _pattern(_ctx: click.Context, param: click.Parameter, value: str | None) -> re.Pattern[str] | None:
    if value is None:
        return None
    try:
        return re.compile(value)
    except re.error as error:
        raise click.BadParameter(f"{value!r} is no regular expression: {error}", param=param) from error


@click.command("logs")
@aim_options
@name_option
@click.option("--follow", is_flag=True, help="Go on with what comes, through restarts and roll-outs, until Ctrl-C.")
@click.option("--previous", is_flag=True, help="The run before the last restart too, where there is one.")
@click.option("--since", metavar="DURATION", callback=duration, help="Not older than 5m, 90s or 1h30m.")
@click.option(
    "--tail",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"The last lines of each run of a container, before filters.  [default: {_TAIL}; with --since all]",
)
@click.option("--container", metavar="NAME", help="Container of each pod.  [default: the server]")
@click.option("--level", type=click.Choice(_LEVELS), default="info", help="Lines as bad as this and worse.")
@click.option("--model", metavar="NAME", help="Lines that name this model.")
@click.option("--version", type=click.IntRange(min=0), metavar="N", help="Lines that name this version.")
@click.option("--grep", metavar="PATTERN", callback=_pattern, help="Lines in which this regular expression is found.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text, or one JSON object a line.",
)
@click.pass_context
def logs_command(
    ctx: click.Context,
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    name: str | None,
    follow: bool,
    previous: bool,
    since: float | None,
    tail: int | None,
    container: str | None,
    level: str,
    model: str | None,
    version: int | None,
    grep: re.Pattern[str] | None,
    output: Literal["text", "json"],
) -> None:
    """Show what the servers of all pods write, those of a canary too, each line with its pod.

    With --follow new pods join, pods that end are told, and a container that is started again is gone on with; no line
    twice, and none lost that the node still has. Lines are read: severity, model and version. A line of another form
    goes with the one before it. What happens to pods is told on stderr.

    \b
    Examples:
      tfk8s logs --follow
      tfk8s logs --level warning --since 1h
      tfk8s logs --previous --grep 'failed|Could not'
      tfk8s logs --model resnet --version 2 -o json | jq -r .text
    """
    from tfk8s.app.logs import LineFilter, LogRequest, read_logs
    from tfk8s.app.logs_reader import LogWindow
    from tfk8s.clock import SystemClock

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    service = find_service(aim, name=name)
    window = LogWindow(
        tail_lines=tail if tail is not None or since is not None else _TAIL,
        since_s=int(since) if since is not None else None,
        previous=previous,
    )
    request = LogRequest(
        container=container,
        follows=follow,
        window=window,
        lines=LineFilter(level=level.upper(), model=model, version=version, pattern=grep),
    )
    items = read_logs(service.name, request=request, cluster=service.cluster, clock=SystemClock())
    if follow:
        ctx.exit(_until_interrupted(items, output=output))
    _show(items, output=output)


def _until_interrupted(items: Generator[LogItem, None, None], *, output: Literal["text", "json"]) -> int:
    """Show what comes until Ctrl-C, which is how it is meant to end."""
    try:
        _show(items, output=output)
    except KeyboardInterrupt:
        tell("")
    finally:
        items.close()
    return 0


def _show(items: Generator[LogItem, None, None], *, output: Literal["text", "json"]) -> None:
    import json

    from tfk8s.app.logs import entry_json
    from tfk8s.app.logs_reader import LogNotice

    colours = _PodColours()
    for item in items:
        if isinstance(item, LogNotice):
            tell(notice_text(item))
        elif output == "json":
            say(json.dumps(entry_json(item)))  # in ASCII: nothing in it can control a terminal
        else:
            say(entry_text(item, colour=colours.of(item.place)))


class _PodColours:
    """A colour for each pod, in turn."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], str] = {}

    def of(self, place: ContainerPlace) -> str:
        return self._given.setdefault(place.key, _COLOURS[len(self._given) % len(_COLOURS)])


def entry_text(entry: LogEntry, *, colour: str) -> str:
    """The pod and the line as it was written, on one line; what could control a terminal is escaped."""
    from tfk8s.names.printable import printable

    text = "\t".join(map(printable, entry.line.text.split("\t")))
    prefix = f"{entry.place.pod.name}{' (canary)' if entry.place.is_canary else ''} |"
    severity = _SEVERITIES.get(entry.line.severity)
    return f"{click.style(prefix, fg=colour)} {click.style(text, fg=severity) if severity else text}"


def notice_text(notice: LogNotice) -> str:
    """What happened, for stderr."""
    from tfk8s.names.printable import one_line

    about = f"Pod/{notice.pod} " if notice.pod else ""
    return one_line(f"-- {about}{notice.text}")
