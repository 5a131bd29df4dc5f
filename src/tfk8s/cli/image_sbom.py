"""`tfk8s image sbom`: the bill of materials of an image with models."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tfk8s.cli.image_options import image_options, image_request, licence_option
from tfk8s.cli.output import say, tell
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.app.image_sbom import SbomForm

SBOM_FORMS: Final = ("spdx", "cyclonedx")


@click.command("sbom", short_help="Write the bill of materials of the image (SPDX, CycloneDX).")
@image_options
@click.option(
    "--format",
    "form",
    type=click.Choice(SBOM_FORMS),
    default="spdx",
    show_default=True,
    help="SPDX 2.3 or CycloneDX 1.6.",
)
@licence_option
@click.option("--from", "image", metavar="IMAGE", help="Read the bill that is attached to this image instead.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file, not to stdout.")
@progress_option
def sbom_command(
    *,
    model_dir: Path | None,
    spec_file: Path | None,
    repository: str | None,
    base: str | None,
    tag: str | None,
    annotations: dict[str, str],
    plain_http: tuple[str, ...],
    form: SbomForm,
    licence: str | None,
    image: str | None,
    out: Path | None,
    progress: ProgressStyle,
) -> None:
    """Write what the image of a spec, or of MODEL_DIR, consists of: base, models, files, each with its digest.

    The same model gives the same bytes: the moment in them is that of SOURCE_DATE_EPOCH, else the beginning of 1970.
    `tfk8s image push --sbom` attaches the bill to the image; --from reads it from there.

    \b
    Examples:
      tfk8s image sbom
      tfk8s image sbom models/resnet --format cyclonedx --licence Apache-2.0 --out resnet.cdx.json
      tfk8s image sbom --from registry.example.com/team/resnet:v1
    """
    from tfk8s.app.image_sbom import attached_sbom, make_sbom, wished_sbom
    from tfk8s.cli import wiring

    events = reporter(progress)
    world = wiring.image_world(annotations=annotations, plain_http=plain_http, reporter=events)
    if image is not None:
        _refuse_beside_from(model_dir, spec_file, repository, base, tag, licence)
        content = attached_sbom(image, form=form, attachments=world.attachments, reporter=events)
    else:
        wish = wished_sbom(form, licence=licence, environ=os.environ)
        request = image_request(model_dir, spec_file, repository=repository, base=base, tag=tag)
        content = make_sbom(request, wish=wish, world=world)
    if out is None:
        say(content.decode().removesuffix("\n"))
    else:
        _write(out, content)


def _refuse_beside_from(*others: object) -> None:
    if any(other is not None for other in others):
        raise click.UsageError("--from reads what is attached: name no model, spec or licence beside it")


def _write(out: Path, content: bytes) -> None:
    from tfk8s.app.whole_file import write_whole

    try:
        write_whole(out, content)
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror}", hint="check its folder and its rights") from error
    tell(f"wrote {out}")
