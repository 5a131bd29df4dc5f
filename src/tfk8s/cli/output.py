"""The one door to stdout and stderr: products go to stdout, everything else to stderr."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import click

from tfk8s.names.printable import encodable, printable_lines

if TYPE_CHECKING:
    from tfk8s.manifest import JsonValue

Format: TypeAlias = Literal["text", "json", "yaml"]
F = TypeVar("F", bound=Callable[..., Any])


def output_option(command: F) -> F:
    """Add `-o text|json|yaml` as the parameter `output`."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(["text", "json", "yaml"]),
        default="text",
        show_default=True,
        help="Form of the answer on stdout.",
    )(command)


def say(text: str) -> None:
    """Write a product to stdout, with a line end."""
    click.echo(encodable(text))


def tell(text: str, *, prefix: str = "") -> None:
    """Write lines for people to stderr, each behind `prefix`."""
    click.echo(printable_lines(prefixed(text, prefix)), err=True)


def prefixed(text: str, prefix: str) -> str:
    """The text with `prefix` before each line."""
    return "\n".join(prefix + line for line in text.split("\n")) if prefix else text


def warn(text: str) -> None:
    """Write a warning to stderr."""
    click.echo(click.style("warning: ", fg="yellow") + printable_lines(text), err=True)


def present(value: JsonValue, *, output: Format, text: Callable[[], str]) -> None:
    """Write `value` as JSON or YAML, or the text form, which is made only when it is asked for."""
    if output == "json":
        import json

        say(json.dumps(value, indent=2, ensure_ascii=False))
    elif output == "yaml":
        from tfk8s.manifest.yaml import dump

        click.echo(dump(value), nl=False)
    else:
        say(text())
