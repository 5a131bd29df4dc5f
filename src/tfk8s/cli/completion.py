"""`tfk8s completion`: click's own completion scripts for bash, zsh and fish."""

from __future__ import annotations

import click

from tfk8s.cli.output import say


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(ctx: click.Context, *, shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    Examples:
      eval "$(tfk8s completion bash)"      # in ~/.bashrc
      eval "$(tfk8s completion zsh)"       # in ~/.zshrc
      tfk8s completion fish > ~/.config/fish/completions/tfk8s.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - the choice above lists only shells that click has
    root = ctx.find_root()
    say(found(root.command, {}, "tfk8s", "_TFK8S_COMPLETE").source())
