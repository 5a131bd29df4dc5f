"""Lets images into a cluster that have the signature which the spec asks for, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from tfk8s.app.image_sign import signatory_of, signatory_text, verify_image
from tfk8s.errors import InputError
from tfk8s.manifest import Manifests
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.ports import ImageSignatures, Note, Reporter, Signatory
from tfk8s.spec import ServiceSpec
from tfk8s.spec.image import VerifySpec

Admission: TypeAlias = Callable[[Manifests], None]
"""Called with what is about to be written, before the first write; raises where it may not be."""


def admission_of(
    spec: ServiceSpec, *, folder: Path, signatures: Callable[[], ImageSignatures], reporter: Reporter
) -> Admission:
    """What `image.verify` asks for, everything without it; each image is asked about once.

    Args:
        spec: the service.
        folder: of its file, where the path of a key starts.
        signatures: made when there is something to verify.
        reporter: is told which image was verified.

    Returns:
        A function that raises InputError for an image without a digest, UnverifiedError for one without the
        signature, and PreconditionError where cosign is missing.
    """
    if spec.image.verify is None:
        return lambda _: None
    signatory = signatory_of_spec(spec, folder=folder)
    verified: set[str] = set()

    def admit(manifests: Manifests) -> None:
        for image in images_of(manifests):
            if image in verified:
                continue
            require_digest(image)
            verify_image(image, signatory=signatory, signatures=signatures())
            verified.add(image)
            reporter.emit(Note(message=f"{image} is signed by {signatory_text(signatory)}"))

    return admit


def require_digest(image: str) -> None:
    """Refuse an image that `image.verify` can say nothing of.

    Raises:
        InputError: it is named by a tag.
    """
    if "@" not in image:
        raise InputError(
            f"image.verify asks for a signature, and {image} is a tag, which may lead to another image when nodes "
            "pull it",
            hint="name it by its digest: tfk8s image push, then tfk8s image pin",
        )


def signatory_of_spec(spec: ServiceSpec, *, folder: Path) -> Signatory:
    """Whose signature the spec asks for.

    Raises:
        InputError: it asks for none.
    """
    wanted = spec.image.verify or VerifySpec()
    return signatory_of(
        key=wanted.key,
        identity=wanted.certificate_identity,
        issuer=wanted.certificate_oidc_issuer,
        in_log=wanted.transparency_log,
        folder=folder,
    )


def images_of(manifests: Manifests) -> tuple[str, ...]:
    """The images of everything that makes pods, each once."""
    return tuple(dict.fromkeys(_images(manifests)))


def _images(manifests: Manifests) -> Iterator[str]:
    for manifest in manifests:
        for kind in ("initContainers", "containers"):
            for container in objects_at(manifest.body, "spec", "template", "spec", kind):
                yield text_at(container, "image")
