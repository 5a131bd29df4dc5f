"""The model server's image, and where the image with the baked model goes."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tfk8s.names.image import DEFAULT_BASE, REFERENCE, is_digest, is_repository
from tfk8s.spec.fields import ObjectName
from tfk8s.spec.part import Part

OFFICIAL_REPOSITORIES = frozenset(
    {"tensorflow/serving", "docker.io/tensorflow/serving", "index.docker.io/tensorflow/serving"}
)

_RELEASE = re.compile(r"(?P<major>[0-9]+)\.(?P<minor>[0-9]+)(?:\.[0-9]+)?(?:-|\Z)")


def release_of_tag(tag: str) -> tuple[int, int] | None:
    """Release of the model server as a tag says it, (2, 20) for 2.20.0-gpu; None when it does not say."""
    match = _RELEASE.match(tag)
    return (int(match["major"]), int(match["minor"])) if match else None


def _key(text: str) -> str:
    if "PRIVATE KEY" in text or "\n" in text or not text:
        raise PydanticCustomError("key", "names a key: write the path of its file, or as gcpkms://...")
    return text


def _base(text: str) -> str:
    match = REFERENCE.match(text)
    if match is None:
        raise PydanticCustomError("image", '"{text}" is no image reference: write repository:tag', {"text": text})
    if match["digest"] is None and match["tag"] in (None, "latest", "nightly"):
        message = "{text} names no release, so two pods may run different servers: write a version, as in {example}"
        raise PydanticCustomError("image", message, {"text": text, "example": DEFAULT_BASE})
    return text


def _repository(text: str) -> str:
    if not is_repository(text):
        message = "{text} is no repository: write it without tag and digest, as in registry.example.com/team/resnet"
        raise PydanticCustomError("image", message, {"text": text})
    return text


def _digest(text: str) -> str:
    if not is_digest(text):
        message = "{text} is no digest: write sha256: and 64 hexadecimal digits"
        raise PydanticCustomError("image", message, {"text": text})
    return text


class VerifySpec(Part):
    """The signature that an image needs before `apply`, `up` and `versions` let it into the cluster."""

    key: Annotated[str, AfterValidator(_key)] | None = None
    """The public key: a file, whose path starts in the spec's folder, or a reference that cosign knows, as
    `gcpkms://projects/...`. Absent: `certificateIdentity` says who signs."""

    certificate_identity: str | None = Field(default=None, min_length=1)
    """Who signs without a key of their own: an address, or the URL of a workflow."""

    certificate_oidc_issuer: str | None = Field(default=None, min_length=1)
    """URL of the issuer that knows `certificateIdentity`."""

    transparency_log: bool = False
    """Whether a signature by `key` has to be in a transparency log; those of identities always are."""


class ImageSpec(Part):
    """The image that the pods run."""

    base: Annotated[str, AfterValidator(_base)] = ""
    """The model server's image with its release. Default: tensorflow/serving:2.20.0, and 2.20.0-gpu with
    `resources.gpu`; a release and not `latest`, so that every pod runs the same server."""

    repository: Annotated[str, AfterValidator(_repository)] | None = None
    """Where the image with the baked model is pushed, without a tag. Absent: the image is loaded into the nodes of
    a kind cluster and never pushed."""

    digest: Annotated[str, AfterValidator(_digest)] | None = None
    """Pins the image in `repository` (`sha256:...`). Absent: a tag made from the base and the models' content."""

    verify: VerifySpec | None = None
    """The signature that the image needs, which is named by its digest then. Absent: none is asked for."""

    pull_policy: Literal["IfNotPresent", "Always", "Never"] = "IfNotPresent"
    """When nodes pull. Default: IfNotPresent, because a pinned image never changes and a registry may be down."""

    pull_secrets: tuple[ObjectName, ...] = ()
    """Names of Secrets in the namespace that hold registry logins."""

    @property
    def base_repository(self) -> str:
        """The base image without tag and digest."""
        match = REFERENCE.match(self.base)
        return match["repository"] if match else ""

    @property
    def base_tag(self) -> str:
        """The tag of the base image, "" when it is named by digest alone."""
        match = REFERENCE.match(self.base)
        return (match["tag"] or "") if match else ""

    @property
    def server_release(self) -> tuple[int, int] | None:
        """Release of the model server as the tag says it, as (2, 20); None when the tag does not say."""
        return release_of_tag(self.base_tag)

    @property
    def is_official(self) -> bool:
        """Whether the base is the TensorFlow Serving project's own image, whose tags have known meanings."""
        return self.base_repository in OFFICIAL_REPOSITORIES
