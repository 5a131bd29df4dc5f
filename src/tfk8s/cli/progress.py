"""How events look: a live line on a terminal, plain lines in a pipe, JSON lines on request. All of it on stderr."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import click
from typing_extensions import assert_never

from tfk8s.cli.output import tell
from tfk8s.cli.progress_bar import Rate, bar_line
from tfk8s.names.printable import printable_lines
from tfk8s.ports import Event, Note, ObjectChanged, Progress, Reporter, StepDone, StepStarted, Waiting, Warn

if TYPE_CHECKING:
    from rich.status import Status

ProgressStyle: TypeAlias = Literal["auto", "plain", "json", "none"]
F = TypeVar("F", bound=Callable[..., Any])


def progress_option(command: F) -> F:
    """Add `--progress auto|plain|json|none` as the parameter `progress`."""
    return click.option(
        "--progress",
        type=click.Choice(["auto", "plain", "json", "none"]),
        default="auto",
        show_default=True,
        help="Progress on stderr; auto is live on a terminal and plain lines in a pipe.",
    )(command)


def describe(event: Event) -> str:
    """One plain line for an event."""
    match event:
        case StepStarted():
            return f"{event.step} ..."
        case StepDone():
            return f"{event.step}: {event.outcome} ({event.seconds:.1f} s)"
        case ObjectChanged():
            return f"  {event.action:<10} {event.ref}"
        case Waiting():
            return f"  waiting for {event.what}: " + "; ".join(event.reasons)
        case Progress():
            return f"  {event.what}: {_amount(event)}"
        case Note():
            return event.message
        case Warn():
            return f"warning: {event.message}" + (f"\nhint:    {event.hint}" if event.hint else "")
        case _:
            assert_never(event)


def _amount(event: Progress) -> str:
    is_bytes = event.unit == "bytes"
    done, total = (f"{count / 2**20:.0f}" if is_bytes else str(count) for count in (event.done, event.total))
    of = f" of {total}" if event.total else ""
    return f"{done}{of} {'MiB' if is_bytes else event.unit}"


class PlainReporter:
    """A line an event. Measured progress comes once a tenth, so that a log stays short."""

    def __init__(self, *, prefix: str = "") -> None:
        """Start with nothing shown; each line will stand behind the prefix."""
        self._prefix = prefix
        self._tenths: dict[str, int] = {}

    def emit(self, event: Event) -> None:
        """Write the event's line to stderr."""
        if isinstance(event, Progress) and not self._is_news(event):
            return
        tell(describe(event), prefix=self._prefix)

    def _is_news(self, event: Progress) -> bool:
        tenth = 10 * event.done // event.total if event.total else 0
        if self._tenths.get(event.what) == tenth:
            return False
        self._tenths[event.what] = tenth
        return True


class JsonReporter:
    """A JSON object a line, `event` naming its type, for programs."""

    def __init__(self, *, region: str | None = None) -> None:
        """Name the region in each object, where there is one."""
        self._place = {} if region is None else {"region": region}

    def emit(self, event: Event) -> None:
        """Write the object to stderr."""
        fields = {"event": type(event).__name__, **self._place, **dataclasses.asdict(event)}
        click.echo(json.dumps(fields, ensure_ascii=False), err=True)


class LiveReporter:
    """Finished things scroll up, what is going on stays on the last line with a spinner."""

    def __init__(self) -> None:
        """Prepare a console on stderr; nothing is drawn yet."""
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        self._status: Status | None = None
        self._rate = Rate()

    def emit(self, event: Event) -> None:
        """Move the live line or print a finished one."""
        line = printable_lines(describe(event))
        match event:
            case StepStarted() | Waiting():
                self._live(line.strip())
            case Progress():
                self._live(bar_line(event, amount=_amount(event), rate=self._rate.of(event)))
            case StepDone():
                self._stop()
                self._print("✓ " + line, style="green")
            case Warn():
                self._print(line, style="yellow")
            case ObjectChanged() | Note():
                self._print(line, style=None)
            case _:
                assert_never(event)

    def close(self) -> None:
        """Remove the live line."""
        self._stop()

    def _print(self, line: str, *, style: str | None) -> None:
        self._console.print(line, style=style, markup=False)

    def _live(self, line: str) -> None:
        from rich.text import Text

        text = Text(line, no_wrap=True, overflow="ellipsis")
        if self._status is None:
            self._status = self._console.status(text)
            self._status.start()
        else:
            self._status.update(text)

    def _stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


class _NoReporter:
    def emit(self, event: Event) -> None:
        """Drop the event."""


def reporter(style: ProgressStyle, *, region: str | None = None) -> Reporter:
    """Choose the renderer; a live line is removed when the running click context ends.

    Args:
        style: as the command line says it.
        region: where several are at work: each line names its own, and there is no live line, which is of one alone.
    """
    prefix = f"{region}: " if region is not None else ""
    match style:
        case "json":
            return JsonReporter(region=region)
        case "plain":
            return PlainReporter(prefix=prefix)
        case "none":
            return _NoReporter()
        case "auto":
            if region is not None or not sys.stderr.isatty():
                return PlainReporter(prefix=prefix)
            live = LiveReporter()
            context = click.get_current_context(silent=True)
            if context is not None:
                context.call_on_close(live.close)
            return live
        case _:
            assert_never(style)
