"""The use-case of `tfk8s render`: read the models, render, and make sure that our own policies hold.

What reads models is loaded when there is one to read: most of the time of a single rendering is spent on imports.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from tfk8s.check import Level, policy_findings
from tfk8s.errors import InputError
from tfk8s.manifest.json_text import parse_json
from tfk8s.render import Rendered, RenderOptions, RenderWarning, is_baked, render
from tfk8s.spec import LocalSource, ServiceSpec

if TYPE_CHECKING:
    from tfk8s.model import ModelInfo


class RenderRequest(NamedTuple):
    """What to render.

    Attributes:
        spec: the service.
        base: the folder that the spec's paths start from, which is the folder of its file.
        infos: what is known of models by name, in place of looking at their directories.
        options: the image, and the Kubernetes release.
        strict: whether a warning is an error.
    """

    spec: ServiceSpec
    base: Path
    infos: Mapping[str, ModelInfo] = MappingProxyType({})
    options: RenderOptions = RenderOptions()
    strict: bool = False


def read_models(spec: ServiceSpec, *, base: Path, known: Mapping[str, ModelInfo] | None = None) -> dict[str, ModelInfo]:
    """Look into every model that is a directory here and not known already; no request leaves the machine."""
    found = dict(known or {})
    for model in spec.served_models:
        source = model.parsed_source
        if model.name not in found and isinstance(source, LocalSource):
            from tfk8s.model import read_model

            found[model.name] = read_model(source.directory(base))
    return found


def read_model_info(file: Path) -> ModelInfo:
    """Read what `tfk8s inspect -o json` wrote.

    Raises:
        InputError: the file cannot be read, or holds something else.
    """
    from tfk8s.model import from_json

    hint = "write it with: tfk8s inspect MODEL_DIR -o json"
    try:
        data: Any = parse_json(file.read_bytes())
        return from_json(data)
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}", hint=hint) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{file} does not hold what inspect says of a model: {error}", hint=hint) from error


def render_service(request: RenderRequest) -> Rendered:
    """Render a service whose models are checked first.

    Raises:
        InputError: a model cannot be served as the spec says, or, when strict, there is something to warn of.
    """
    spec, ignored = request.spec, request.spec.checks.reasons
    models = read_models(spec, base=request.base, known=request.infos)
    rendered = render_models(request, models)
    _hold_policies(rendered, kept=spec.existing.selector, ignored=ignored)
    found = (*_model_warnings(models), *rendered.warnings)
    result = rendered._replace(warnings=tuple(warning for warning in found if warning.code not in ignored))
    if request.strict and result.warnings:
        raise _refusal(result.warnings)
    return result


def render_models(request: RenderRequest, models: Mapping[str, ModelInfo]) -> Rendered:
    """Render a service with what is known of its models, whatever there is to say of the outcome.

    Raises:
        InputError: a model cannot be served as the spec says.
    """
    spec, image = request.spec, request.options.image
    if (
        image is None and is_baked(spec) and not request.infos
    ):  # what is only known of a model has no contents to name an image by
        from tfk8s.app.image import baked_image

        image = baked_image(spec, models)
    return render(spec, models, options=request.options._replace(image=image))


def _model_warnings(models: Mapping[str, ModelInfo]) -> tuple[RenderWarning, ...]:
    if not models:
        return ()
    from tfk8s.model import Severity

    return tuple(
        RenderWarning(code=finding.code, message=f"{finding.where}: {finding.message}", hint=finding.remedy)
        for info in models.values()
        for finding in info.findings
        if finding.severity is Severity.WARNING
    )


def _hold_policies(rendered: Rendered, *, kept: Mapping[str, str], ignored: Mapping[str, str]) -> None:
    """A finding here is our own mistake, not the user's: every valid spec must render to objects without one."""
    found = policy_findings(rendered.manifests, kept=kept)
    broken = [str(item) for item in found if item.level is Level.ERROR and item.code not in ignored]
    if broken:
        raise RuntimeError("rendered objects break a policy: " + "; ".join(broken))


def _refusal(warnings: tuple[RenderWarning, ...]) -> InputError:
    first, *others = warnings
    return InputError(first.message, hint=first.hint, details=tuple(warning.message for warning in others))
