"""The use-case of `tfk8s image pin`: the image that the pods run, named by its digest in the spec."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from tfk8s.app.image import baked_image
from tfk8s.app.render import read_models
from tfk8s.app.spec_edit import SpecNotEditableError, edited
from tfk8s.app.whole_file import write_whole
from tfk8s.errors import InputError, PreconditionError, RegistryError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState
from tfk8s.names.image import REFERENCE
from tfk8s.ports.registry import ImageLookup
from tfk8s.render.image import is_baked, repository_of
from tfk8s.spec import ServiceSpec, load_spec
from tfk8s.spec.pinning import with_base, with_digest

PinnedField: TypeAlias = Literal["image.digest", "image.base"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRequest:
    """Which spec is pinned.

    Attributes:
        spec: as it is in the environment.
        file: where it stands.
        environment: of the spec, None for none.
    """

    spec: ServiceSpec
    file: Path
    environment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The image of the pods, and how the spec names it from now on.

    Attributes:
        image: the name that the registry was asked about.
        field: of the spec.
        value: of that field.
        before: what stood there; None for nothing.
    """

    image: str
    field: PinnedField
    value: str
    before: str | None

    @property
    def is_new(self) -> bool:
        """Whether the spec says something else, or nothing."""
        return self.value != self.before


def find_pin(request: PinRequest, *, lookup: ImageLookup) -> Pin:
    """Ask the registry which digest the image has; changes nothing.

    Raises:
        InputError: a model cannot be served.
        PreconditionError: the image is in no registry, or was not pushed yet.
        RegistryError: the registry does not say.
    """
    spec = request.spec
    if not is_baked(spec):
        return _of_base(spec, lookup=lookup)
    if spec.image.repository is None:
        raise PreconditionError(
            "the image with the model is loaded into the nodes and is in no registry, so it has no digest to name",
            hint="set image.repository in the spec, and run tfk8s image push",
        )
    unpinned = spec.model_copy(update={"image": spec.image.model_copy(update={"digest": None})})
    image = baked_image(unpinned, read_models(spec, base=request.file.parent)) or ""
    digest = _digest(lookup.look_up(image), hint="push it first: tfk8s image push")
    return Pin(image=image, field="image.digest", value=digest, before=spec.image.digest)


def pinned_image(request: PinRequest, *, lookup: ImageLookup) -> str:
    """The image of the pods by its digest: the one that the spec pins, else the one that its name leads to now.

    Raises:
        Tfk8sError: as `find_pin`.
    """
    spec = request.spec
    if is_baked(spec) and spec.image.digest is not None:
        return f"{repository_of(spec)}@{spec.image.digest}"
    if not is_baked(spec) and "@" in spec.image.base:
        return spec.image.base
    pin = find_pin(request, lookup=lookup)
    return f"{repository_of(spec)}@{pin.value}" if pin.field == "image.digest" else pin.value


def write_pin(pin: Pin, request: PinRequest) -> None:
    """Write the digest into the spec file, unless it stands there.

    Raises:
        InputError: the file cannot be edited or written, or its environment has an image of its own.
    """
    if not pin.is_new:
        return
    write = with_digest if pin.field == "image.digest" else with_base
    by_hand = f"set {pin.field} to {pin.value} by hand"
    try:
        text = edited(request.file, lambda text: write(text, pin.value), by_hand=by_hand)
    except SpecNotEditableError as error:
        raise InputError(error.message, hint=by_hand) from error
    image = load_spec(text.encode(), source=str(request.file), environment=request.environment).image
    if pin.value not in {image.digest, image.base}:
        raise InputError(
            f"environment {request.environment} of {request.file} has an {pin.field} of its own",
            hint=f"set it to {pin.value} there by hand",
        )
    try:
        write_whole(request.file, text.encode())
    except OSError as error:
        raise InputError(
            f"cannot write {request.file}: {error.strerror}", hint="check its folder and its rights"
        ) from error


def as_json(pin: Pin) -> JsonObject:
    """The stable form of `-o json`."""
    return {"image": pin.image, "field": pin.field, "value": pin.value, "before": pin.before, "changed": pin.is_new}


def _of_base(spec: ServiceSpec, *, lookup: ImageLookup) -> Pin:
    """The base keeps its tag, which says the server's release; the digest behind it counts."""
    base = spec.image.base
    named = REFERENCE.match(base)
    name = base.partition("@")[0] if named is not None and named["tag"] else base
    digest = _digest(lookup.look_up(name), hint="correct image.base")
    return Pin(image=name, field="image.base", value=f"{name.partition('@')[0]}@{digest}", before=base)


def _digest(answer: ImageAnswer, *, hint: str) -> str:
    match answer.state:
        case ImageState.PRESENT:
            return answer.digests[0]
        case ImageState.ABSENT:
            raise PreconditionError(f"{answer.image} does not exist: {answer.words}", hint=hint)
        case ImageState.DENIED:
            raise RegistryError(
                f"{answer.image} may not be read: {answer.words}", hint="log in to the registry, as docs/images.md says"
            )
        case ImageState.UNANSWERED:
            raise RegistryError(
                f"no registry says what {answer.image} is: {answer.words}", hint="run the same command again later"
            )
