"""The image of one model directory, as a spec that names it and nothing else would ask for it."""

from __future__ import annotations

from tfk8s.app.image_request import ImageRequest, OfDirectory, WantedImage
from tfk8s.app.image_tag import content_tag
from tfk8s.model import read_model, require_servable
from tfk8s.names.image import DEFAULT_BASE, LOCAL_REPOSITORY
from tfk8s.names.model import url_name
from tfk8s.ports import ModelContent


def image_of_directory(request: ImageRequest, *, models: OfDirectory) -> WantedImage:
    """Read the latest version of the model.

    Raises:
        InputError: it cannot be served.
    """
    root = models.directory.resolve()
    name = url_name(root.name)
    info = read_model(root)
    require_servable(info)
    latest = info.versions[-1]
    return WantedImage(
        repository=request.repository or _local_repository(root.name),
        contents=(ModelContent(name=name, root=root, versions=((latest.number, latest.path),)),),
        base=request.base or DEFAULT_BASE,
        tag=request.tag,
        content_tag=lambda base: content_tag(base, [(name, [latest])]),
    )


def _local_repository(name: str) -> str:
    from tfk8s.spec.names import legal_name  # loads pydantic, which a push to a registry does not need

    return f"{LOCAL_REPOSITORY}/{legal_name(name)}"
