"""The use-cases of `tfk8s image sign` and `image verify`: which image, and whose signature."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tfk8s.errors import InputError, PreconditionError, RegistryError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.registry_answer import ImageState
from tfk8s.names.image import REFERENCE
from tfk8s.ports import ByIdentity, ByKey, ImageSignatures, Signatory
from tfk8s.ports.registry import ImageLookup


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What was signed, or found to be signed.

    Attributes:
        image: `repository@digest`.
        signatory: in words.
    """

    image: str
    signatory: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningWish:
    """How an image is signed: with a key, or (None) as an issuer knows whoever runs the command."""

    key: ByKey | None


def signatory_of(
    *, key: str | None, identity: str | None, issuer: str | None, in_log: bool = False, folder: Path | None = None
) -> Signatory:
    """Whose signature is asked for.

    Args:
        key: names a key.
        identity: of a certificate.
        issuer: who knows the identity.
        in_log: whether a key's signature has to be in a transparency log.
        folder: where the path of a key file starts.

    Raises:
        InputError: none of them is named, or both.
    """
    if key is not None and identity is None and issuer is None:
        return ByKey(reference=_placed(key, folder), in_log=in_log)
    if key is None and identity is not None and issuer is not None:
        return ByIdentity(identity=identity, issuer=issuer)
    raise InputError(
        "whose signature is asked for is not clear: a key, or an identity with its issuer",
        hint="name --key, or --certificate-identity and --certificate-oidc-issuer, or image.verify in the spec",
    )


def by_digest(image: str, *, lookup: ImageLookup) -> str:
    """The image as `repository@digest`; a tag is what it leads to now.

    Raises:
        InputError: it is no image reference.
        PreconditionError: it does not exist.
        RegistryError: its registry does not say.
    """
    named = REFERENCE.match(image)
    if named is None:
        raise InputError(f"{image!r} is no image reference", hint="write it as HOST/REPOSITORY:TAG or with @sha256:...")
    if named["digest"]:
        return image
    answer = lookup.look_up(image)
    if answer.state is ImageState.ABSENT:
        raise PreconditionError(f"{image} does not exist: {answer.words}", hint="push it first: tfk8s image push")
    if answer.state is not ImageState.PRESENT:
        raise RegistryError(
            f"the registry of {image} does not say which digest it has: {answer.words}",
            hint="name the image by its digest, or log in",
        )
    return f"{named['repository']}@{answer.digests[0]}"


def sign_image(image: str, *, key: ByKey | None, signatures: ImageSignatures) -> Signing:
    """Sign an image that is named by its digest.

    Raises:
        PreconditionError: cosign is missing, or failed.
    """
    signatures.sign(image, key=key)
    return Signing(image=image, signatory="an identity" if key is None else f"the key {key.reference}")


def verify_image(image: str, *, signatory: Signatory, signatures: ImageSignatures) -> Signing:
    """Make sure that an image is signed.

    Raises:
        PreconditionError: cosign is missing.
        UnverifiedError: it has no such signature.
    """
    digest = signatures.verify(image, signatory=signatory)
    named = REFERENCE.match(image)
    repository = named["repository"] if named is not None else image
    return Signing(image=f"{repository}@{digest}", signatory=signatory_text(signatory))


def signatory_text(signatory: Signatory) -> str:
    """In words, for people."""
    if isinstance(signatory, ByKey):
        return f"the key {signatory.reference}"
    return f"{signatory.identity} ({signatory.issuer})"


def as_json(signing: Signing) -> JsonObject:
    """The stable form of `-o json`."""
    return {"image": signing.image, "signatory": signing.signatory}


def _placed(key: str, folder: Path | None) -> str:
    """A file's path starts in the folder of the spec that names it; what has a scheme is no file."""
    return key if folder is None or "://" in key else str(folder / key)
