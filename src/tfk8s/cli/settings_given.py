"""Options that a command would leave unheard beside another one: they are refused, because somebody meant them."""

from __future__ import annotations

from collections.abc import Mapping

import click
from click.core import ParameterSource


def refuse_together(ctx: click.Context, other: str, *, names: Mapping[str, str]) -> None:
    """Refuse options that say nothing beside `other`.

    Args:
        ctx: of the command.
        other: what they do not go with, as messages call it.
        names: parameters of the command to the options that set them.

    Raises:
        UsageError: one of them stands on the command line; it names both.
    """
    for parameter, option in names.items():
        if ctx.get_parameter_source(parameter) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{option} has no effect with {other}: leave one of them out", ctx=ctx)
