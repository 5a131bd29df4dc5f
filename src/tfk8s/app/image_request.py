"""What `image build` and `image push` are asked for, and what they need of the world.

Nothing here loads the spec or the templates: a model directory is pushed without them, in half the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from typing_extensions import assert_never

from tfk8s.clock import Clock
from tfk8s.errors import InputError, PreconditionError
from tfk8s.names.image import LOCAL_REPOSITORY, is_repository, is_tag
from tfk8s.ports import (
    ImageAttachments,
    ImageBuilder,
    ImageRegistry,
    ImageSignatures,
    ImageStore,
    ImageWriter,
    ModelContent,
    Reporter,
    Repositories,
)

if TYPE_CHECKING:
    from tfk8s.spec import ServiceSpec

OutputForm: TypeAlias = Literal["oci", "tar"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSpec:
    """The models of a spec; its paths start in `folder`."""

    spec: ServiceSpec
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDirectory:
    """One model directory, of which the latest version is served, as `tfk8s serve` serves it."""

    directory: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """Which image is wanted.

    Attributes:
        models: what goes into it.
        repository: in place of the spec's.
        base: the base image, in place of the spec's; `oci:DIR` for one in an OCI layout on this computer.
        tag: in place of the one that follows from the contents.
    """

    models: OfSpec | OfDirectory
    repository: str | None = None
    base: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageWorld:
    """The ports.

    Attributes:
        registry: every registry that an image may come from or go to.
        nodes: the images in the nodes of the kind cluster of a name.
        writers: the forms in which an image can be written on this computer.
        repositories: those that must be made before an image is pushed.
        attachments: documents that are tied to images of registries.
        signatures: signs images of registries.
    """

    registry: ImageRegistry
    attachments: ImageAttachments
    signatures: ImageSignatures
    nodes: Callable[[str], ImageStore]
    writers: Mapping[OutputForm, ImageWriter]
    builder: ImageBuilder
    repositories: Repositories
    clock: Clock
    reporter: Reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedImage:
    """What follows from the request and the models' files.

    Attributes:
        repository: where the image belongs, without a tag.
        base: reference of the base image.
        tag: that was asked for, or None.
        content_tag: the one that follows from the contents, given the base's name.
        pinned: the digest that the spec pins, or None.
    """

    repository: str
    contents: tuple[ModelContent, ...]
    base: str
    tag: str | None
    content_tag: Callable[[str], str]
    pinned: str | None = None

    def reference(self, base_digest: str) -> str:
        """Its name; without a tag that was asked for, the one under which `up` and `apply` look for it.

        Args:
            base_digest: names a base that has no name beyond this computer.
        """
        base = base_digest if self.base.startswith("oci:") else self.base
        return f"{self.repository}:{self.tag or self.content_tag(base)}"


def wanted_image(request: ImageRequest) -> WantedImage:
    """Read the models; nothing leaves this computer.

    Raises:
        InputError: a model cannot be served, none is a directory here, or a name is not one.
    """
    _check_names(request)
    match request.models:
        case OfSpec():
            from tfk8s.app.image_of_spec import image_of_spec

            return image_of_spec(request, models=request.models)
        case OfDirectory():
            from tfk8s.app.image_of_directory import image_of_directory

            return image_of_directory(request, models=request.models)
        case _:
            assert_never(request.models)


def require_destination(wanted: WantedImage) -> None:
    """Make sure that there is a registry to push to.

    Raises:
        PreconditionError: neither spec nor command line names one.
    """
    if wanted.repository.partition("/")[0] == LOCAL_REPOSITORY:
        raise PreconditionError(
            "nothing says to which registry the image is pushed",
            hint="set image.repository in the spec, or give --repository "
            "LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/NAME",
        )


def _check_names(request: ImageRequest) -> None:
    if request.repository is not None and not is_repository(request.repository):
        raise InputError(
            f"{request.repository!r} is no image repository",
            hint="write it without tag and digest, as in registry.example.com/team/resnet; --tag gives the tag",
        )
    if request.tag is not None and not is_tag(request.tag):
        raise InputError(
            f"{request.tag!r} is no tag", hint="a tag has at most 128 letters, digits, dots, dashes and underscores"
        )
