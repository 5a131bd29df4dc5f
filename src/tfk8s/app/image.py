"""The image that a spec asks for: its name follows from what is in it, so every command finds the same one."""

from __future__ import annotations

from collections.abc import Mapping

from tfk8s.app.image_tag import content_tag
from tfk8s.errors import InputError
from tfk8s.model import ModelInfo, ModelVersion
from tfk8s.ports import ModelContent
from tfk8s.render.image import is_baked, repository_of
from tfk8s.render.served import ServedModel, served_models
from tfk8s.spec import LocalSource, ServiceSpec


def baked_image(spec: ServiceSpec, models: Mapping[str, ModelInfo]) -> str | None:
    """Name the image with the models that are directories here; reads every byte of them.

    The tag is a digest of the base's reference and of the content of every version that is served, so the same models
    have the same name on any computer, and another content never has the name of a pod's image.

    Args:
        spec: the service.
        models: what was read, by the model's name.

    Returns:
        The reference for `RenderOptions.image`; None when no model is baked, or the spec pins the image by digest.

    Raises:
        InputError: a model cannot be served, or a file of it cannot be read.
    """
    if not is_baked(spec) or spec.image.digest:
        return None
    return f"{repository_of(spec)}:{baked_tag(spec, models)}"


def baked_tag(spec: ServiceSpec, models: Mapping[str, ModelInfo], *, base: str | None = None) -> str:
    """The tag of that image, whatever the spec pins.

    Args:
        spec: the service.
        models: what was read, by the model's name.
        base: name of the base image, in place of the spec's.

    Raises:
        InputError: as `baked_image`.
    """
    contents = baked_contents(spec, models)
    served = [
        (content.name, [_version(models[content.name], number) for number, _ in content.versions])
        for content in contents
    ]
    return content_tag(base or spec.image.base, served)


def baked_contents(spec: ServiceSpec, models: Mapping[str, ModelInfo]) -> tuple[ModelContent, ...]:
    """List the directories that go into the image: the versions that are served, of every model that is one here."""
    return tuple(
        ModelContent(
            name=model.name,
            root=model.info.path,
            versions=tuple((number, _version(model.info, number).path) for number in _numbers(model, model.info)),
        )
        for model in served_models(spec, models)
        if isinstance(model.source, LocalSource) and model.info is not None
    )


def _numbers(model: ServedModel, info: ModelInfo) -> tuple[int, ...]:
    if isinstance(model.versions, tuple):
        return model.versions
    known = tuple(version.number for version in info.versions)
    return known if model.versions == "all" else known[-1:]


def _version(info: ModelInfo, number: int) -> ModelVersion:
    found = info.version(number)
    if found is None:
        raise InputError(f"{info.path} holds no version {number}", hint="correct `versions` in the spec")
    return found
