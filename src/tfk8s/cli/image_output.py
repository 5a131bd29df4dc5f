"""`-o` of `image build`, which takes the form of the answer as everywhere, and places for the image as builders do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import click
from click.shell_completion import CompletionItem

from tfk8s.cli.output import Format

F = TypeVar("F", bound=Callable[..., Any])
Kind: TypeAlias = Literal["oci", "tar"]
_FORMS: dict[str, Format] = {"text": "text", "json": "json", "yaml": "yaml"}
_KINDS: dict[str, Kind] = {"oci": "oci", "tar": "tar"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder for an OCI layout, or a tar file."""

    kind: Kind
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The form of the answer, and the places for the image."""

    form: Format
    places: tuple[Place, ...]


def outputs_option(command: F) -> F:
    """Add `-o text|json|yaml|oci:DIR|tar:FILE`, which may be repeated, as the parameter `outputs`."""
    return click.option(
        "-o",
        "--output",
        "outputs",
        metavar="text|json|yaml|oci:DIR|tar:FILE",
        multiple=True,
        callback=_parsed,
        shell_complete=_completed,
        help="Form of the answer on stdout, or a place to write the image to; both when given twice.",
    )(command)


def _parsed(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> Outputs:
    del ctx, param
    forms = dict.fromkeys(_FORMS[value] for value in values if value in _FORMS)
    if len(forms) > 1:
        raise click.BadParameter(f"two forms of the answer: {' and '.join(forms)}")
    return Outputs(
        form=next(iter(forms), "text"), places=tuple(_place(value) for value in values if value not in _FORMS)
    )


def _place(value: str) -> Place:
    kind, _, path = value.partition(":")
    if kind not in _KINDS or not path:
        raise click.BadParameter(f"{value!r} is none of text, json, yaml, oci:DIR, tar:FILE")
    return Place(kind=_KINDS[kind], path=Path(path))


def _completed(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    del ctx, param
    starts = (*_FORMS, *(f"{kind}:" for kind in _KINDS))
    return [CompletionItem(start) for start in starts if start.startswith(incomplete)]
