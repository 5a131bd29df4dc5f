"""What keeps a label from being moved to a version: it is not there, not in the image, or does not fit the memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tfk8s.app.promote_rendering import Rendering
from tfk8s.app.promote_request import PromoteRequest
from tfk8s.app.versions_gate import check_memory
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import objects_at, text_at, value_at
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.plan.capacity import amount_of
from tfk8s.spec import LocalSource, ModelSpec, ServiceSpec

if TYPE_CHECKING:
    from tfk8s.model import ModelInfo


def require_known(request: PromoteRequest, *, model: ModelSpec, info: ModelInfo | None) -> None:
    """Refuse a version that the model's source does not hold, where that can be read here.

    Raises:
        InputError: it does not.
    """
    if info is None or info.version(request.number) is not None:
        return
    there = ", ".join(str(version.number) for version in info.versions) or "none"
    raise InputError(
        f"version {request.number} of {model.name} is not in {model.source}; versions there: {there}",
        hint=f"add it first: tfk8s versions add MODEL_DIR --version {request.number}",
    )


def require_in_image(
    request: PromoteRequest, *, model: ModelSpec, deployment: JsonObject | None, rendering: Rendering
) -> None:
    """Refuse a version that is not in the pods: a directory here is there only as far as their image was made from it.

    Raises:
        PreconditionError: it is not.
    """
    if not isinstance(model.parsed_source, LocalSource) or deployment is None:
        return
    rendered = next(item.body for item in rendering.manifests(request.spec) if item.ref.kind == "Deployment")
    running, wanted = _image(deployment), _image(rendered)
    if running != wanted:
        raise PreconditionError(
            f"version {request.number} of {model.name} is not in the image that the pods run ({running})",
            hint=f"tfk8s versions add {model.source} --version {request.number} makes an image with it and brings it",
        )


def require_same_image(why: tuple[str, ...], *, model: ModelSpec) -> None:
    """Refuse what needs an image that nobody has made.

    Raises:
        PreconditionError: so it is.
    """
    if any(path.endswith(".image") for path in why):
        raise PreconditionError(
            f"the versions of {model.name} are baked into an image, and other versions are another image",
            hint="leave --unload out; later change `versions` in the spec: tfk8s up makes that image and brings it",
        )


def require_memory(
    spec: ServiceSpec, infos: Mapping[str, ModelInfo], *, deployment: JsonObject, model: str, target: ServerConfig
) -> None:
    """Refuse, with the numbers, what the memory limit of the running pods cannot hold at once."""
    container: JsonObject = next(iter(objects_at(deployment, "spec", "template", "spec", "containers")), {})
    limit = int(amount_of(value_at(container, "resources", "limits", "memory")))
    info, versions = infos.get(model), target.model(model).versions
    if not limit or info is None or not isinstance(versions, tuple):
        return
    sizes = {f"version {version.number}": version.size_bytes for version in info.versions if version.number in versions}
    check_memory(spec, infos, before=limit, in_memory=sizes)


def _image(deployment: JsonObject) -> str:
    container: JsonObject = next(iter(objects_at(deployment, "spec", "template", "spec", "containers")), {})
    return text_at(container, "image")
