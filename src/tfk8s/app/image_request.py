"""What `image build` and `image push` are asked for, and what follows from the models' files alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from tfk8s.app.image import baked_contents, baked_image
from tfk8s.app.render import read_models
from tfk8s.clock import Clock
from tfk8s.errors import InputError, PreconditionError
from tfk8s.model import ModelInfo
from tfk8s.ports import (
    ImageBuilder,
    ImageRegistry,
    ImageStore,
    ImageWriter,
    ModelContent,
    Reporter,
    Repositories,
)
from tfk8s.render.image import LOCAL_REPOSITORY, is_baked, repository_of
from tfk8s.spec import ServiceSpec
from tfk8s.spec.image import is_repository, is_tag

OutputForm: TypeAlias = Literal["oci", "tar"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """Which image is wanted.

    Attributes:
        spec: the service whose models go into it.
        folder: of the spec file; its paths start there.
        repository: in place of the spec's.
        base: the base image, in place of the spec's; `oci:DIR` for one in an OCI layout on this computer.
        tag: in place of the one that follows from the contents.
    """

    spec: ServiceSpec
    folder: Path
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
    """

    registry: ImageRegistry
    nodes: Callable[[str], ImageStore]
    writers: Mapping[OutputForm, ImageWriter]
    builder: ImageBuilder
    repositories: Repositories
    clock: Clock
    reporter: Reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedImage:
    """What was read of the models.

    Attributes:
        spec: with the repository that is wanted, and without a pinned digest.
        base: reference of the base image.
        pinned: the digest that the spec pins, or None.
    """

    spec: ServiceSpec
    models: Mapping[str, ModelInfo]
    contents: tuple[ModelContent, ...]
    base: str
    tag: str | None
    pinned: str | None

    @property
    def repository(self) -> str:
        """Where the image belongs, without a tag."""
        return repository_of(self.spec)

    def reference(self, base_digest: str) -> str:
        """Its name; without a tag that was asked for, one that follows from the contents, as `up` and `apply` make it.

        Args:
            base_digest: names a base that has no name beyond this computer.
        """
        if self.tag is not None:
            return f"{self.repository}:{self.tag}"
        base = base_digest if self.base.startswith("oci:") else self.base
        return str(baked_image(self.spec, self.models, base=base))


def wanted_image(request: ImageRequest) -> WantedImage:
    """Read the models; nothing leaves this computer.

    Raises:
        InputError: a model cannot be served, none is a directory here, or a name is not one.
    """
    spec = request.spec
    if not is_baked(spec):
        raise InputError(
            "no model of the spec is a directory here, so there is nothing to put into an image",
            hint="set model.source to a directory, or name the directory: tfk8s image build MODEL_DIR",
        )
    _check_names(request)
    image = spec.image.model_copy(update={"digest": None, "repository": request.repository or spec.image.repository})
    unpinned = spec.model_copy(update={"image": image})
    models = read_models(unpinned, base=request.folder)
    return WantedImage(
        spec=unpinned,
        models=models,
        contents=baked_contents(unpinned, models),
        base=request.base or spec.image.base,
        tag=request.tag,
        pinned=spec.image.digest,
    )


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
