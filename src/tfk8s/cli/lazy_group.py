"""A group whose commands are named in a table and imported one at a time, so that `--help` loads none of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from tfk8s.cli.commands import Entry


class LazyGroup(click.Group):
    """Finds its commands in `table`, in whose order `--help` lists them."""

    table: Mapping[str, Entry]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table, which is the order of the work."""
        del ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one module that holds the command."""
        del ctx
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        command = getattr(import_module(entry.module), f"{cmd_name}_command")
        assert isinstance(command, click.Command)  # noqa: S101 - a wrong table entry is our bug
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the summaries of the table without importing anything."""
        del ctx
        if not self.table:
            return
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.table.items()])
