"""Rendering: a spec and what is known of its models become the objects of a service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tfk8s.manifest import JsonValue, Manifest
from tfk8s.manifest.order import in_apply_order
from tfk8s.manifest.yaml import Path, path_text
from tfk8s.render.advice import warnings
from tfk8s.render.components import COMPONENTS
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts, gather
from tfk8s.render.result import Explanation, Rendered, RenderOptions
from tfk8s.render.settled import Settled
from tfk8s.render.templating import render_object
from tfk8s.render.timing import rollout_timeout_s, startup_budget_s
from tfk8s.render.workload import pods_at_once
from tfk8s.spec import ServiceSpec

if TYPE_CHECKING:
    from tfk8s.model import ModelInfo


def render(spec: ServiceSpec, models: Mapping[str, ModelInfo], *, options: RenderOptions | None = None) -> Rendered:
    """Turn a spec into manifests; the same input gives the same bytes.

    Args:
        spec: the service.
        models: what was read of each model, by its name; those of a bucket or volume may be missing.
        options: the image, and the Kubernetes release to render for.

    Raises:
        InputError: a model cannot be served as the spec says, or the given image is no reference.
    """
    facts = gather(spec, models, options=options or RenderOptions())
    made = tuple(_make(facts))
    manifests = in_apply_order(manifest for manifest, _ in made)
    rank = {manifest.ref: index for index, manifest in enumerate(manifests)}
    explanations = [explanation for _, explained in made for explanation in explained]
    return Rendered(
        manifests=manifests,
        explanations=tuple(sorted(explanations, key=lambda explanation: rank[explanation.ref])),
        warnings=warnings(facts),
        rollout_timeout_s=_timeout_s(facts),
        settled=_settled(facts),
    )


def _settled(facts: Facts) -> Settled:
    return Settled(
        image=facts.image,
        memory=str(facts.memory_quantity),
        startup_s=startup_budget_s(facts.situation).value,
        versions={model.name: model.versions for model in facts.models},
        knows_models=any(model.load.is_known for model in facts.models),
    )


def _timeout_s(facts: Facts) -> int:
    stated = facts.spec.lifecycle.timeout_seconds
    if stated != "auto":
        return stated
    return rollout_timeout_s(facts.situation, pods=facts.most_pods, at_once=pods_at_once(facts))


def _make(facts: Facts) -> Iterator[tuple[Manifest, tuple[Explanation, ...]]]:
    for component in COMPONENTS:
        if component.applies(facts):
            draft = component.draft(facts)
            manifest = Manifest.of(render_object(draft.template, draft.values))
            yield manifest, tuple(_explain(manifest, draft))


def _explain(manifest: Manifest, draft: Draft) -> Iterator[Explanation]:
    for path, reason in draft.reasons.items():
        yield Explanation(ref=manifest.ref, path=path, value=_at(manifest.body, path), reason=reason)


def _at(value: JsonValue, path: Path) -> JsonValue:
    for step in path:
        match value:
            case dict() if isinstance(step, str) and step in value:
                value = value[step]
            case list() if isinstance(step, int) and step < len(value):
                value = value[step]
            case _:
                raise LookupError(f"a reason is given for {path_text(path)}, which is not in the object")
    return value
