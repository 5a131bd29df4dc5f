"""The root command: finds a command by name, loads it alone, and turns every failure into text and an exit code."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import Any

import click

import tfk8s
from tfk8s.cli.commands import COMMANDS
from tfk8s.cli.lazy_group import LazyGroup
from tfk8s.errors import INTERRUPTED, Tfk8sError
from tfk8s.names.printable import printable, printable_lines

_START_UP_OBJECTS = 200_000
"""More than imports make. They all stay: looking for cycles among them takes a thirtieth of a short command."""


def describe(error: Tfk8sError) -> str:
    """Write `error:`, the details and `hint:`, each on lines of its own; others' words in them control no terminal."""
    lines = [click.style("error: ", fg="red") + printable_lines(error.message)]
    lines += [f"  {printable(line)}" for detail in error.details for line in detail.splitlines()]
    if error.hint:
        lines.append(click.style("hint:  ", fg="cyan") + printable_lines(error.hint))
    return "\n".join(lines)


class RootGroup(LazyGroup):
    """Loads commands lazily and translates errors, so that CliRunner and the real program behave alike."""

    table = COMMANDS

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; with --debug every failure shows its traceback before its text."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            _trace(ctx)
            click.echo("interrupted; run the same command again to go on", err=True)
            ctx.exit(INTERRUPTED)
        except Tfk8sError as error:
            _trace(ctx)
            click.echo(describe(error), err=True)
            ctx.exit(error.exit_code)
        except Exception as error:  # noqa: BLE001 - the one place that may: no traceback reaches a user
            _trace(ctx)
            click.echo(f"error: internal error ({type(error).__name__}: {error})", err=True)
            click.echo("hint:  this is a bug in tfk8s; run again with --debug and report what it prints", err=True)
            ctx.exit(1)


def _trace(ctx: click.Context) -> None:
    if ctx.params.get("debug"):
        import traceback

        click.echo(traceback.format_exc(), err=True, nl=False)


@click.group(
    cls=RootGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with:  tfk8s init MODEL_DIR  and  tfk8s up",
)
@click.version_option(tfk8s.__version__, prog_name="tfk8s")
@click.option("-v", "--verbose", count=True, help="Log to stderr: -v steps, -vv requests, -vvv client libraries.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def root(*, verbose: int, debug: bool) -> None:
    """From a TensorFlow SavedModel to an autoscaled, versioned TensorFlow Serving service on Kubernetes."""
    del debug  # RootGroup.invoke reads it
    if verbose:
        _log(verbose)


def _log(verbose: int) -> None:
    import logging

    levels = (logging.WARNING, logging.INFO, logging.DEBUG)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger(None if verbose > len(levels) - 1 else "tfk8s")
    logger.addHandler(handler)
    logger.setLevel(levels[min(verbose, len(levels) - 1)])


def main() -> None:
    """Entry point of `tfk8s`, `kubectl tfk8s` and `python -m tfk8s`."""
    gc.set_threshold(_START_UP_OBJECTS, 10, 10)
    atexit.register(gc.freeze)  # the memory goes with the process: a last search for cycles takes 10 ms and more
    root(prog_name="tfk8s")
