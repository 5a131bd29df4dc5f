"""What the use-cases need of an image registry beside the images: logins, and the repositories of a cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from tfk8s.manifest.registry_answer import ImageAnswer
from tfk8s.ports.events import Reporter
from tfk8s.ports.provider import BaseImage, Delivery, Digest, ImageStore, ModelImage


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a registry, or the token server it names, is shown. Nothing of it is ever printed.

    Attributes:
        username: for Google's registries `oauth2accesstoken`, with an access token as the secret.
        secret: password, or access token.
        identity_token: an OAuth2 refresh token that the token server takes instead of both; or "".
        source: where it was found, in the user's words; the one part that may be shown.
    """

    username: str = field(repr=False)
    secret: str = field(repr=False)
    identity_token: str = field(default="", repr=False)
    source: str = ""


class Logins(Protocol):
    """Knows the login for a registry's host."""

    def login(self, host: str) -> Login | None:
        """The login for the host (with its port); None when there is none, so that the registry is asked anonymously.

        Raises:
            PreconditionError: there should be one, and it cannot be had (a credential helper failed, no Google login).
        """
        ...


class ImageRegistry(ImageStore, Protocol):
    """A store that is a registry, which can be asked before anything is sent."""

    def present(self, image: ModelImage, *, base: BaseImage) -> frozenset[Digest]:
        """Which contents of the image its repository has: layers of base and models, config, manifest.

        Raises:
            RegistryError: the registry does not say.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document about an image, which lies beside it in its repository.

    Attributes:
        artifact_type: media type of the document, by which it is found.
        annotations: of the manifest that ties it to the image.
    """

    artifact_type: str
    content: bytes
    annotations: Mapping[str, str] = field(default_factory=dict)


class ImageAttachments(Protocol):
    """Documents about images, as the distribution specification 1.1 of the OCI ties them: referrers."""

    def attach(self, image: str, attachment: Attachment) -> Digest:
        """Tie the document to the image, `repository@digest`; what is tied already is not sent again.

        Returns:
            The digest of the manifest that ties it.

        Raises:
            RegistryError: the image is not there, or the registry refused.
        """
        ...

    def attached(self, image: str, *, artifact_type: str) -> tuple[Attachment, ...]:
        """The documents of a type that are tied to the image, in the order of their digests.

        Raises:
            RegistryError: the image is not there, or the registry does not say.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ByKey:
    """Whoever has a key.

    Attributes:
        reference: names the key, as a file or as `gcpkms://...`; never the key itself.
        in_log: whether the signature is in a transparency log.
    """

    reference: str
    in_log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ByIdentity:
    """Somebody whom an issuer of OpenID Connect knows; such signatures are in a transparency log.

    Attributes:
        identity: as the certificate has it: an address, or the URL of a workflow.
        issuer: URL.
    """

    identity: str
    issuer: str


Signatory: TypeAlias = ByKey | ByIdentity


class ImageSignatures(Protocol):
    """Signs images, and says who signed one. Both are about a digest: a tag is what it leads to now."""

    def require(self) -> None:
        """Make sure that something can be signed and verified here, before long work begins.

        Raises:
            PreconditionError: the program is missing.
        """
        ...

    def sign(self, image: str, *, key: ByKey | None) -> None:
        """Sign the image `repository@digest`; the signature lies beside it.

        Args:
            image: which one.
            key: signs; without one whoever runs the command signs as the issuer knows them.

        Raises:
            PreconditionError: the program that signs is missing, or it failed.
        """
        ...

    def verify(self, image: str, *, signatory: Signatory) -> Digest:
        """Make sure that the image has a signature of the signatory; returns the digest that was signed.

        Raises:
            PreconditionError: the program that verifies is missing.
            UnverifiedError: it has none, or that could not be found out.
        """
        ...


class ImageLookup(Protocol):
    """Asks registries about images, and takes nothing from them."""

    def look_up(self, image: str) -> ImageAnswer:
        """What the image's registry says to the login at hand; that there is no answer is one too. Raises nothing."""
        ...


class ImageWriter(Protocol):
    """Writes an image with its base to a place on this computer: a folder or a file."""

    def __call__(self, image: ModelImage, path: Path, /, *, base: BaseImage, reporter: Reporter) -> Delivery:
        """Write it; what an earlier image left there of the same contents is not written again.

        Raises:
            InputError: the place cannot be written.
            RegistryError: a layer of the base could not be had.
        """
        ...


class Repositories(Protocol):
    """Repositories of a cloud's registry that are made before something can be pushed (Artifact Registry)."""

    def manages(self, repository: str) -> bool:
        """Whether the image repository (no tag) lies in a registry of this cloud."""
        ...

    def exists(self, repository: str) -> bool:
        """Whether images can be pushed there.

        Raises:
            CloudError: it cannot be found out.
        """
        ...

    def create(self, repository: str, *, reporter: Reporter) -> None:
        """Make it, marked as ours; does nothing when it exists.

        Raises:
            CloudError: it could not be made.
        """
        ...

    def is_ours(self, repository: str) -> bool:
        """Whether it exists and was made by this tool."""
        ...

    def delete(self, repository: str, *, reporter: Reporter) -> bool:
        """Delete it with every image in it; False when there was none."""
        ...
