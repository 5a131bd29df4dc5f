"""The image: a release of the project's own server, or one that may hold the model."""

from __future__ import annotations

from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Part
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.names.image import REFERENCE, default_base
from tfk8s.names.registry import closed_registry
from tfk8s.spec import ImageSpec
from tfk8s.spec.flags import OLDEST
from tfk8s.spec.image import OFFICIAL_REPOSITORIES

_MOVING = (None, "latest", "nightly")
UNKNOWN_TAG = "name-a-release"
"""Stands for the release that a manifest did not name; no registry has it, so nothing is replaced by accident."""


def looks_like_server(image: str) -> bool:
    """Whether the name of an image says that it holds TensorFlow Serving."""
    repository = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    path = image.lower()
    return is_official(image) or "tensorflow-serving" in path or "tf-serving" in path or "tfserving" in repository


def is_official(image: str) -> bool:
    """Whether it is one of the project's own, which holds no model."""
    match = REFERENCE.match(image)
    return match is not None and match["repository"].removesuffix("-gpu") in OFFICIAL_REPOSITORIES


def image_of(container: Part, *, gpus: int, instead: str | None) -> JsonObject:
    """The part `image`, with notes on what is no release.

    Args:
        container: the server's.
        gpus: how many the pod gets.
        instead: the image that the user names in place of the manifest's.

    Raises:
        InputError: that is no image with a release.
    """
    place = container.at("image")
    image = container.text("image")
    base = _named(instead) if instead is not None else _base(image, place=place, gpus=gpus)
    policy = container.text("imagePullPolicy")
    closed = closed_registry(base)
    if closed is not None:
        place.tell(NoteKind.UNSAFE, f"{closed.message}; {closed.hint}")
    return {"base": base, **({"pullPolicy": policy} if policy else {})}


def _named(image: str) -> str:
    try:
        return ImageSpec(base=image).base
    except ValueError as error:
        message = f"--image: {image!r} is no image with a release"
        raise InputError(message, hint="name one by tag or digest, as tensorflow/serving:2.20.0") from error


def _base(image: str, *, place: Part, gpus: int) -> str:
    match = REFERENCE.match(image)
    if match is None:
        place.tell(NoteKind.LOST, f"{image!r} is no reference of an image: {default_base(gpus=gpus)} is taken")
        return default_base(gpus=gpus)
    moves = match["digest"] is None and match["tag"] in _MOVING
    if not is_official(image):
        if moves:
            place.tell(
                NoteKind.UNSAFE,
                f"{image} names no release, so two pods may run different servers: write the one that runs now into "
                f"image.base in place of {UNKNOWN_TAG}, best by digest",
            )
            return f"{match['repository']}:{UNKNOWN_TAG}"
        return image
    if moves:
        place.tell(
            NoteKind.UNSAFE,
            f"{image} names no release, so two pods may run different servers: {default_base(gpus=gpus)} is taken",
        )
        return default_base(gpus=gpus)
    return _released(image, place=place, gpus=gpus)


def _released(image: str, *, place: Part, gpus: int) -> str:
    spec = ImageSpec(base=image)
    if spec.server_release is not None and spec.server_release < OLDEST:
        place.tell(
            NoteKind.CHANGED,
            f"{image} is too old to tell whether a model is served: {default_base(gpus=gpus)} is taken; try the model "
            "with it first (tfk8s serve)",
        )
        return default_base(gpus=gpus)
    is_gpu_build = "gpu" in spec.base_tag.split("-")
    if is_gpu_build == bool(gpus) or not spec.base_tag:
        return image
    other = f"{spec.base_repository}:{spec.base_tag.removesuffix('-gpu')}" + ("-gpu" if gpus else "")
    place.tell(NoteKind.CHANGED, f"{image} does not fit a pod with {gpus} GPUs: {other} is taken")
    return other
