"""`tfk8s versions`: which versions of each model run, and how others take their place without downtime."""

from __future__ import annotations

from typing import Final

import click

from tfk8s.cli.commands import Entry
from tfk8s.cli.lazy_group import LazyGroup

_SUBCOMMANDS: Final[dict[str, Entry]] = {
    "add": Entry("tfk8s.cli.versions_add", "Add a further version of a model, checked and tried first."),
    "canary": Entry("tfk8s.cli.versions_canary", "Try a version on a part of the requests; promote or remove it."),
    "history": Entry("tfk8s.cli.versions_history", "Show who moved which version when, and to which content."),
    "list": Entry("tfk8s.cli.versions_list", "Show what each pod serves, and what is wrong with it."),
    "promote": Entry("tfk8s.cli.versions_promote", "Move a label to another version, pod by pod, without a gap."),
    "rollback": Entry("tfk8s.cli.versions_rollback", "Return a label to the version that it led to before."),
}


class _VersionsGroup(LazyGroup):
    table = _SUBCOMMANDS


@click.group("versions", cls=_VersionsGroup)
def versions_command() -> None:
    """Show, add and move model versions while the service goes on answering.

    \b
    Examples:
      tfk8s versions list
      tfk8s versions add ./export --version 2
      tfk8s versions promote stable 2
    """
