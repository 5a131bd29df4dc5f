"""A watch on the command line: in place on a terminal, each change once in a pipe, until Ctrl-C."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from tfk8s.cli.output import Format, say, tell

if TYPE_CHECKING:
    from typing_extensions import Self

    from tfk8s.manifest import JsonObject

F = TypeVar("F", bound=Callable[..., Any])


class Look(Protocol):
    """One look of a watch."""

    @property
    def time(self) -> str:
        """When it was, RFC 3339 in UTC."""
        ...

    @property
    def exit_code(self) -> int:
        """What the command ends with when this is the last one."""
        ...

    def shows_same(self, other: Self | None) -> bool:
        """Whether another look showed the same."""
        ...


L = TypeVar("L", bound=Look)


def watch_option(command: F) -> F:
    """Add --watch as the parameter `watch`."""
    text = "Look again and again, until Ctrl-C; in a pipe each change is told once."
    return click.option("--watch", is_flag=True, help=text)(command)


def interval_option(*, default_s: float) -> Callable[[F], F]:
    """Add --interval as the parameter `interval`."""
    return click.option(
        "--interval",
        type=click.FloatRange(min=0.1),
        default=default_s,
        show_default=True,
        help="Seconds between looks of --watch.",
    )


def show_looks(
    looks: Iterable[L],
    *,
    document: Callable[[L], JsonObject],
    lines: Callable[[L], Iterable[str]],
    output: Format,
    in_place: Callable[[L], Iterable[str]] | None = None,
) -> int:
    """Show looks until Ctrl-C.

    Args:
        looks: Without an end; the first may raise.
        document: A look as JSON, one line each.
        lines: A look for people.
        output: The form.
        in_place: A look for people on a terminal, where less may fit; `lines` by default.

    Returns:
        The exit code of the last look, that of a cluster that does not answer when there was none.
    """
    from tfk8s.errors import PreconditionError

    code = PreconditionError.exit_code
    is_terminal = output == "text" and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    try:
        with (
            _in_place(in_place or lines) if is_terminal else _appending(output, document=document, lines=lines) as show
        ):
            for look in looks:
                code = look.exit_code  # before it is told: whoever reads it may press Ctrl-C at once
                show(look)
    except KeyboardInterrupt:
        tell("")
    return code


@contextmanager
def _in_place(lines: Callable[[L], Iterable[str]]) -> Iterator[Callable[[L], None]]:
    """On a terminal: the newest look in the place of the one before."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="ellipsis") as live:

        def show(look: L) -> None:
            text = "\n".join([f"{look.time}  Ctrl-C ends", *lines(look)])
            live.update(Text.from_ansi(text, no_wrap=True, overflow="ellipsis"), refresh=True)

        yield show


@contextmanager
def _appending(
    output: Format, *, document: Callable[[L], JsonObject], lines: Callable[[L], Iterable[str]]
) -> Iterator[Callable[[L], None]]:
    """In a pipe or a log: each look that shows something else than the one before."""
    import json

    last: L | None = None

    def show(look: L) -> None:
        nonlocal last
        if look.shows_same(last):
            return
        last = look
        if output == "text":
            say("\n".join([look.time, *lines(look), ""]))
            return
        line = json.dumps(document(look), ensure_ascii=False)
        say(line if output == "json" else f"--- {line}")  # JSON is YAML, and can be read document by document

    yield show
