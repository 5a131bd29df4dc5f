"""The image that a spec asks for."""

from __future__ import annotations

from tfk8s.app.image import baked_contents, baked_tag
from tfk8s.app.image_request import ImageRequest, OfSpec, WantedImage
from tfk8s.app.render import read_models
from tfk8s.errors import InputError
from tfk8s.render.image import is_baked, repository_of


def image_of_spec(request: ImageRequest, *, models: OfSpec) -> WantedImage:
    """Read the models of the spec that are directories here.

    Raises:
        InputError: none is, or one cannot be served.
    """
    spec = models.spec
    if not is_baked(spec):
        raise InputError(
            "no model of the spec is a directory here, so there is nothing to put into an image",
            hint="set model.source to a directory, or name the directory: tfk8s image build MODEL_DIR",
        )
    infos = read_models(spec, base=models.folder)
    return WantedImage(
        repository=request.repository or repository_of(spec),
        contents=baked_contents(spec, infos),
        base=request.base or spec.image.base,
        tag=request.tag,
        content_tag=lambda base: baked_tag(spec, infos, base=base),
        pinned=spec.image.digest,
    )
