"""The options that say which image: a model directory or a spec, and what differs from the spec."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tfk8s.cli.spec_file import DEFAULT_FILE, environment_option, read_spec, region_option

if TYPE_CHECKING:
    from tfk8s.app.image_request import ImageRequest

F = TypeVar("F", bound=Callable[..., Any])


def plain_http_option(command: F) -> F:
    """Add --plain-http, once or more."""
    return click.option(
        "--plain-http",
        multiple=True,
        metavar="HOST[:PORT]",
        help="A registry without TLS; it is shown no login. One on this computer needs no mention.",
    )(command)


def licence_option(command: F) -> F:
    """Add --licence."""
    return click.option(
        "--licence", metavar="EXPRESSION", help="Licence of the models for the bill, in SPDX's form, as Apache-2.0."
    )(command)


def image_options(command: F) -> F:
    """Add MODEL_DIR, -f, --repository, --base, --tag, --annotation and --plain-http."""
    path = click.Path(path_type=Path)
    for option in (
        plain_http_option,
        click.option(
            "--annotation",
            "annotations",
            multiple=True,
            metavar="KEY=VALUE",
            callback=_annotations,
            help="Annotation of the image, as org.opencontainers.image.source=URL or .licenses=Apache-2.0.",
        ),
        click.option("--tag", help="Tag of the image.  [default: made from base and contents, as `up` names it]"),
        click.option("--base", metavar="IMAGE", help="Base image, in place of the spec's; oci:DIR for one on disk."),
        click.option("--repository", help="Where the image belongs, without a tag, in place of the spec's."),
        region_option,
        environment_option,
        click.option("-f", "--file", "spec_file", type=path, help=f"The spec.  [default: {DEFAULT_FILE}]"),
        click.argument("model_dir", type=path, required=False),
    ):
        command = option(command)
    return command


def _annotations(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    del ctx, param
    parted = [value.partition("=") for value in values]
    for key, equals, _ in parted:
        if not key or not equals:
            raise click.BadParameter(f"{key!r} has no value: write KEY=VALUE")
    return {key: value for key, _, value in parted}


def image_request(
    model_dir: Path | None, spec_file: Path | None, *, repository: str | None, base: str | None, tag: str | None
) -> ImageRequest:
    """What the options ask for.

    Raises:
        UsageError: both a directory and a spec are named.
        InputError: the spec cannot be read.
    """
    from tfk8s.app.image_request import ImageRequest, OfDirectory, OfSpec

    if model_dir is not None and spec_file is not None:
        raise click.UsageError("MODEL_DIR and --file exclude each other")
    models: OfDirectory | OfSpec
    if model_dir is not None:
        models = OfDirectory(directory=model_dir)
    else:
        spec, folder = read_spec(spec_file or Path(DEFAULT_FILE))
        models = OfSpec(spec=spec, folder=folder)
    return ImageRequest(models=models, repository=repository, base=base, tag=tag)
