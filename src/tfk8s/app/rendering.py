"""From a spec to something to apply: the rendered objects, for the release that a cluster runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tfk8s.app.render import RenderRequest, read_models
from tfk8s.app.render import render_service as render_checked
from tfk8s.app.service import Deployable, Origin, ServiceName
from tfk8s.errors import InputError
from tfk8s.manifest.release import DEFAULT_MINOR, parse_minor
from tfk8s.model import ModelInfo
from tfk8s.render import Rendered, RenderOptions
from tfk8s.spec import ServiceSpec

__all__ = ["RenderedService", "read_models", "render_service", "supported_minor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedService:
    """What rendering made, and the same as something to apply."""

    rendered: Rendered
    deployable: Deployable


def supported_minor(release: str) -> int:
    """The minor to render for on a cluster that runs `release`; our default for one that we do not know."""
    try:
        return parse_minor(release)
    except InputError:
        return DEFAULT_MINOR


def render_service(
    spec: ServiceSpec,
    *,
    base: Path,
    image: str | None = None,
    kubernetes_minor: int = DEFAULT_MINOR,
    infos: Mapping[str, ModelInfo] | None = None,
    origin: Origin | None = None,
) -> RenderedService:
    """Render the spec for a Kubernetes release.

    Args:
        spec: the service.
        base: the folder of the spec file.
        image: the image to run; None for the one that the spec implies.
        kubernetes_minor: 34 for Kubernetes 1.34.
        infos: what is known of models by name, in place of looking at their directories.
        origin: the file that the spec was read from.

    Raises:
        InputError: a model cannot be read or served.
    """
    options = RenderOptions(image=image, kubernetes_minor=kubernetes_minor)
    rendered = render_checked(RenderRequest(spec=spec, base=base, infos=infos or {}, options=options))
    deployable = Deployable(
        name=ServiceName.of(spec),
        manifests=rendered.manifests,
        models=tuple(model.name for model in spec.served_models),
        warned=tuple(warning.message for warning in rendered.warnings),
        origin=origin or Origin(),
    )
    return RenderedService(rendered=rendered, deployable=deployable)
