"""The use-cases of `tfk8s image sbom`: the bill of an image is written, tied to the image, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Final, Literal, TypeAlias

from tfk8s import __version__
from tfk8s.app.image_bill import check_licence, document_bytes, list_contents
from tfk8s.app.image_bill_cyclonedx import cyclonedx_document
from tfk8s.app.image_bill_spdx import spdx_document
from tfk8s.app.image_build import BuiltImage, build, checked
from tfk8s.app.image_request import ImageRequest, ImageWorld, WantedImage
from tfk8s.app.steps import Steps
from tfk8s.clock import rfc3339
from tfk8s.errors import InputError, RegistryError
from tfk8s.manifest.json_text import parse_json
from tfk8s.names.image import REFERENCE
from tfk8s.ports import Attachment, ImageAttachments, Reporter, Warn

SbomForm: TypeAlias = Literal["spdx", "cyclonedx"]

CREATED: Final = "org.opencontainers.image.created"
_MEDIA_TYPES: Final[Mapping[SbomForm, str]] = {
    "spdx": "application/spdx+json",
    "cyclonedx": "application/vnd.cyclonedx+json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomWish:
    """How the bill is written.

    Attributes:
        licence: of the models, as an expression of SPDX; None where nobody says.
        created: the moment that it gives.
    """

    form: SbomForm = "spdx"
    licence: str | None = None
    created: str = "1970-01-01T00:00:00Z"


def wished_sbom(form: SbomForm, *, licence: str | None, environ: Mapping[str, str]) -> SbomWish:
    """The wish of a command line.

    The moment is that of SOURCE_DATE_EPOCH, else the beginning of 1970 as in the layers: the same model gives the
    same bytes on any computer and day, and the registry knows when they came.

    Raises:
        InputError: the licence or SOURCE_DATE_EPOCH is none.
    """
    epoch = environ.get("SOURCE_DATE_EPOCH") or "0"
    try:
        moment = datetime.fromtimestamp(int(epoch), tz=timezone.utc)
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(
            f"SOURCE_DATE_EPOCH is {epoch[:40]!r}, which is no number of seconds since 1970",
            hint="unset it, or set it as in SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)",
        ) from error
    return SbomWish(form=form, licence=None if licence is None else check_licence(licence), created=rfc3339(moment))


def make_sbom(request: ImageRequest, *, wish: SbomWish, world: ImageWorld) -> bytes:
    """Work the image out, and write its bill; nothing is sent.

    Raises:
        InputError: the models or a name cannot be used.
        RegistryError: the base cannot be had.
    """
    steps = Steps(clock=world.clock, reporter=world.reporter)
    wanted = steps.run("check", lambda: checked(request))
    built = steps.run("build", lambda: build(wanted, store=world.registry, world=world))
    return sbom_of(wanted, built, wish=wish).content


def sbom_of(wanted: WantedImage, built: BuiltImage, *, wish: SbomWish) -> Attachment:
    """The bill of an image that is worked out, as it is tied to the image.

    Raises:
        InputError: a file of a model cannot be read.
    """
    bill = list_contents(wanted, built, licence=wish.licence, created=wish.created, tool=("tfk8s", __version__))
    document = spdx_document(bill) if wish.form == "spdx" else cyclonedx_document(bill)
    return Attachment(
        artifact_type=_MEDIA_TYPES[wish.form],
        content=document_bytes(document),
        annotations={CREATED: wish.created},
    )


def attached_sbom(image: str, *, form: SbomForm, attachments: ImageAttachments, reporter: Reporter) -> bytes:
    """Read the bill that is tied to an image; of several the one with the latest moment.

    Raises:
        InputError: the image's name is none.
        RegistryError: there is none, or the registry does not say.
    """
    if REFERENCE.match(image) is None:
        raise InputError(f"{image!r} is no image reference", hint="write it as HOST/REPOSITORY:TAG or with @sha256:...")
    found = attachments.attached(image, artifact_type=_MEDIA_TYPES[form])
    if not found:
        raise RegistryError(
            f"no bill of materials of the form {form} is attached to {image}",
            hint=f"attach it: tfk8s image push --sbom {form}",
        )
    if len(found) > 1:
        reporter.emit(
            Warn(message=f"{len(found)} bills of the form {form} are attached to {image}; this is the latest")
        )
    content = max(found, key=lambda one: one.annotations.get(CREATED, "")).content
    try:
        parse_json(content)
    except ValueError as error:
        raise RegistryError(
            f"what is attached to {image} as a bill of materials is no JSON",
            hint=f"attach the bill again: tfk8s image push --sbom {form}",
        ) from error
    return content
