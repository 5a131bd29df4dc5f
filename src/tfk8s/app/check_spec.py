"""A spec before anything is deployed: its SavedModels, what rendering warns of, and the rendered objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from tfk8s.app.check_errors import refusals
from tfk8s.app.check_schema import hold_against_schemas
from tfk8s.app.render import RenderRequest, read_models, render_models
from tfk8s.check import CheckFinding, Level, policy_findings
from tfk8s.check.image_names import image_name_findings
from tfk8s.check.reported import Reported
from tfk8s.check.servers import Server, server_findings
from tfk8s.errors import InputError
from tfk8s.manifest.yaml import path_text
from tfk8s.render import Rendered, RenderOptions
from tfk8s.spec import ModelSpec, ServiceSpec
from tfk8s.spec.check_codes import CHECK_CODES

if TYPE_CHECKING:
    from pathlib import Path

    from tfk8s.model import Finding, ModelInfo


class SpecRequest(NamedTuple):
    """One spec in one environment.

    Attributes:
        source: the file.
        base: the folder that its paths start from.
        environment: "" without one.
        infos: what is known of models by name, in place of looking at their directories.
        minor: the Kubernetes release to check against, 34 for 1.34.
    """

    source: str
    spec: ServiceSpec
    base: Path
    environment: str
    infos: Mapping[str, ModelInfo]
    minor: int


class CheckedSpec(NamedTuple):
    """What was found, and what was not checked."""

    found: tuple[Reported, ...]
    left: tuple[str, ...]


def check_spec(request: SpecRequest) -> CheckedSpec:
    """Look at everything that `apply` would use, without a cluster."""
    spec = request.spec
    models = read_models(spec, base=request.base, known=request.infos)
    found = [
        reported
        for model in spec.served_models
        if model.name in models
        for reported in _of_model(request, model, info=models[model.name])
    ]
    if any(item.level is Level.ERROR for item in found):
        left = f"what {request.source} renders to: its model cannot be served"
        return CheckedSpec(found=tuple(found), left=(left,))
    options = RenderOptions(kubernetes_minor=request.minor)
    wanted = RenderRequest(spec=spec, base=request.base, infos=request.infos, options=options)
    try:
        rendered = render_models(wanted, models)
    except InputError as error:
        refused = refusals(error, code="spec", source=request.source)
        return CheckedSpec(
            found=(*found, *(item._replace(environment=request.environment) for item in refused)), left=()
        )
    schemas = hold_against_schemas(rendered.manifests, minor=request.minor)
    found += _of_rendered(request, rendered)
    found += [_placed(request, finding) for finding in schemas.found]
    return CheckedSpec(found=tuple(found), left=schemas.left)


def _of_rendered(request: SpecRequest, rendered: Rendered) -> Iterator[Reported]:
    warned = {warning.code for warning in rendered.warnings}
    for warning in rendered.warnings:
        yield Reported(
            code=warning.code,
            level=Level.WARNING,
            source=request.source,
            environment=request.environment,
            message=warning.message,
            remedy=warning.hint,
        )
    servers = {
        item.ref: Server(container=0, release=request.spec.server_release)
        for item in rendered.manifests
        if item.ref.kind == "Deployment"
    }
    told = (
        *policy_findings(rendered.manifests, kept=request.spec.existing.selector),
        *server_findings(rendered.manifests, servers=servers),
        *image_name_findings(rendered.manifests, servers=servers),
    )
    yield from (_placed(request, finding) for finding in told if finding.code not in warned)


def _placed(request: SpecRequest, finding: CheckFinding) -> Reported:
    return Reported(
        code=finding.code,
        level=finding.level,
        source=request.source,
        environment=request.environment,
        object=str(finding.ref),
        field=path_text(finding.path),
        message=finding.message,
        remedy=CHECK_CODES[finding.code].remedy,
    )


def _of_model(request: SpecRequest, model: ModelSpec, *, info: ModelInfo) -> Iterator[Reported]:
    served = _served(model, info)
    for finding in info.findings:
        yield Reported(
            code=finding.code,
            level=_level(finding, served=served),
            source=request.source,
            environment=request.environment,
            object=f"model {model.name}",
            field=finding.where,
            message=finding.message,
            remedy=finding.remedy,
        )


def _served(model: ModelSpec, info: ModelInfo) -> set[int | None]:
    """The versions that a server loads; None stands for the directory as a whole."""
    there = [version.number for version in info.versions]
    chosen: set[int | None] = {None, *model.labels.values()}
    if isinstance(model.versions, tuple):
        return chosen | set(model.versions)
    return chosen | set(there if model.versions == "all" else there[-1:])


def _level(finding: Finding, *, served: set[int | None]) -> Level:
    """An error of a version that no server loads is a warning."""
    level = Level(finding.severity.value)
    return Level.WARNING if level is Level.ERROR and finding.version not in served else level
