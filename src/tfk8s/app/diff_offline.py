"""The use-case of `tfk8s diff` without a cluster: specs against rendered files, or two revisions of either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tfk8s.app.diff_report import Compared, DiffReport, Homes, of_review
from tfk8s.app.render import RenderRequest, render_service
from tfk8s.app.spec_files import SpecFile
from tfk8s.manifest import Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import labels_of
from tfk8s.manifest.order import in_apply_order, namespaces_once
from tfk8s.manifest.ownership import INSTANCE_LABEL, MANAGED_BY_LABEL, MANAGER
from tfk8s.model import ModelInfo
from tfk8s.plan import PlanWarning
from tfk8s.render import RenderOptions
from tfk8s.review import explain
from tfk8s.spec import ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How specs are rendered for comparing.

    Attributes:
        infos: what is known of models by name, in place of looking at their directories.
        environment: of the specs, None for none.
        namespace: in place of the specs' own, None for theirs.
    """

    options: RenderOptions = field(default_factory=RenderOptions)
    infos: Mapping[str, ModelInfo] = field(default_factory=dict)
    environment: str | None = None
    namespace: str | None = None

    def placed(self, spec: ServiceSpec) -> ServiceSpec:
        """The spec in the namespace to render for."""
        return spec if self.namespace is None else spec.model_copy(update={"namespace": self.namespace})


def by_region(files: Sequence[SpecFile]) -> dict[str | None, list[SpecFile]]:
    """The specs as each region has them, in the order of the files; those without regions under None."""
    groups: dict[str | None, list[SpecFile]] = {}
    for file in files:
        groups.setdefault(file.region, []).append(file)
    return groups


def diff_against(files: Sequence[SpecFile], *, found: Manifests, place: str, rendering: Rendering) -> DiffReport:
    """What rendering the specs again would change in rendered files; nothing is written.

    Args:
        files: the specs.
        found: the objects of the files; those of other services are left out.
        place: what the title calls the files.
        rendering: how to render.

    Raises:
        InputError: a spec or a model cannot be used.
    """
    specs = [(file, rendering.placed(file.spec)) for file in files]
    requests = [
        RenderRequest(spec=spec, base=file.base, infos=infos_of(spec, rendering), options=rendering.options)
        for file, spec in specs
    ]
    rendered = [render_service(request) for request in requests]
    after = in_apply_order(namespaces_once(manifest for one in rendered for manifest in one.manifests))
    before = _of_services(found, names={spec.name for _, spec in specs}, refs={item.ref for item in after})
    warnings = tuple(PlanWarning(message=item.message, hint=item.hint) for one in rendered for item in one.warnings)
    others = len(found) - len(before)
    counted = "1 object" if others == 1 else f"{others} objects"
    notes = [f"left out, because no spec here has them: {counted} of {place}"] if others else []
    title, homes = f"{place} to what the specs say", homes_of(files, rendering)
    return report_of(before, after, title=title, notes=notes, warnings=warnings, homes=(homes, homes))


def report_of(
    before: Manifests,
    after: Manifests,
    *,
    title: str,
    notes: Iterable[str],
    warnings: tuple[PlanWarning, ...] = (),
    homes: tuple[Homes | None, Homes | None] = (None, None),
) -> DiffReport:
    """The report of a comparison for which no cluster was asked."""
    review = explain(before, after)
    return DiffReport(
        title=title,
        changes=of_review(review),
        quiet=review.unchanged,
        notes=tuple(dict.fromkeys(notes)),
        warnings=warnings,
        compared=(Compared(before, after, *homes),),
    )


def homes_of(files: Sequence[SpecFile], rendering: Rendering) -> Homes:
    """Where each service runs, by what its spec says."""
    specs = [(rendering.placed(file.spec), file.region or "") for file in files]
    return {(spec.namespace, spec.name): (spec.cluster, region) for spec, region in specs}


def _of_services(manifests: Manifests, *, names: set[str], refs: set[ObjectRef]) -> Manifests:
    """The objects of the services, and their Namespace when nothing of another service is in it."""

    def is_theirs(item: Manifest) -> bool:
        return item.ref in refs or labels_of(item.body).get(INSTANCE_LABEL) in names

    own = {item.ref.namespace for item in manifests if is_theirs(item)}
    shared = {item.ref.namespace for item in manifests if not is_theirs(item)}
    alone = own - shared - {""}

    def is_their_namespace(item: Manifest) -> bool:
        made_by_us = labels_of(item.body).get(MANAGED_BY_LABEL) == MANAGER
        return item.ref.kind == "Namespace" and item.ref.name in alone and made_by_us

    return tuple(item for item in manifests if is_theirs(item) or is_their_namespace(item))


def infos_of(spec: ServiceSpec, rendering: Rendering) -> dict[str, ModelInfo]:
    """What is known of the models of one of the specs."""
    names = {model.name for model in spec.served_models}
    return {name: info for name, info in rendering.infos.items() if name in names}
