"""From a spec to its manifests: reads the models that are directories here, names the image, renders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tfk8s.app.image import baked_image
from tfk8s.app.service import Deployable, ServiceName
from tfk8s.errors import InputError
from tfk8s.manifest.release import DEFAULT_MINOR, parse_minor
from tfk8s.model import ModelInfo, read_model
from tfk8s.render import Rendered, RenderOptions, render
from tfk8s.spec import LocalSource, ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedService:
    """What rendering made, and the same as something to apply."""

    rendered: Rendered
    deployable: Deployable


def supported_minor(release: str) -> int:
    """The minor to render for on a cluster that runs `release`; our default for one that we do not know yet.

    Nothing that we render went away since, so only an older release makes a difference.
    """
    try:
        return min(parse_minor(release), DEFAULT_MINOR)
    except InputError:
        return DEFAULT_MINOR


def read_models(spec: ServiceSpec, *, base: Path) -> dict[str, ModelInfo]:
    """Read each model that is a directory here, by its name; those of buckets and volumes are out of reach.

    Args:
        spec: the service.
        base: the folder of the spec file; sources are relative to it.

    Raises:
        InputError: no such directory.
    """
    sources = {model.name: model.parsed_source for model in spec.served_models}
    return {
        name: read_model(source.directory(base)) for name, source in sources.items() if isinstance(source, LocalSource)
    }


def render_service(
    spec: ServiceSpec, *, base: Path, image: str | None = None, kubernetes_minor: int = DEFAULT_MINOR
) -> RenderedService:
    """Render the spec for a Kubernetes release.

    Args:
        spec: the service.
        base: the folder of the spec file.
        image: the image to run; None for the one that the spec implies.
        kubernetes_minor: 34 for Kubernetes 1.34.

    Raises:
        InputError: a model cannot be read or served.
    """
    models = read_models(spec, base=base)
    options = RenderOptions(image=image or baked_image(spec, models), kubernetes_minor=kubernetes_minor)
    rendered = render(spec, models, options=options)
    deployable = Deployable(
        name=ServiceName(name=spec.name, namespace=spec.namespace),
        manifests=rendered.manifests,
        models=tuple(model.name for model in spec.served_models),
    )
    return RenderedService(rendered=rendered, deployable=deployable)
