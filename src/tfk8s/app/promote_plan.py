"""Works out what moving a label means: the target, the spec as it is to be, and whether pods must be replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from tfk8s.app.beside_config import field_changes
from tfk8s.app.canary_live import require_no_canary
from tfk8s.app.journal import read_journal
from tfk8s.app.live_change import require_same_models
from tfk8s.app.live_config import LiveConfig, read_live_config, require_ours
from tfk8s.app.model_choice import chosen_model, with_model
from tfk8s.app.promote_gate import require_in_image, require_known, require_memory, require_same_image
from tfk8s.app.promote_rendering import Rendering
from tfk8s.app.promote_request import PromoteRequest
from tfk8s.app.promote_spec import edit_of, text_of
from tfk8s.app.rendering import read_models, supported_minor
from tfk8s.app.service import ServiceName
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.server_config import ModelConfig, ServerConfig, write_server_config
from tfk8s.ports.cluster import Cluster
from tfk8s.rollout.journal import Change, Entry, unfinished
from tfk8s.rollout.promotion import Aim
from tfk8s.spec import ModelSpec, ServiceSpec

Way: TypeAlias = Literal["live", "rolled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionPlan:
    """What follows from it.

    Attributes:
        model: name of the model.
        origin: the version that the label leads to before it is moved; None for a new label.
        is_begun: whether an earlier run began it.
        aim: where the servers are to be.
        spec: the service as it is to be.
        edit: what it means to the text of a spec.
        text: the spec file as it is to be; None when it is not written.
        way: whether the running servers are told, or new pods take their place.
        why: what else than the configuration would change, for `rolled`.
        loads: whether the version is not loaded yet.
        notes: what else is to be known.
    """

    model: str
    origin: int | None
    is_begun: bool
    aim: Aim
    spec: ServiceSpec
    edit: Callable[[str], str]
    text: str | None
    way: Way
    why: tuple[str, ...]
    loads: bool
    notes: tuple[str, ...]


def plan_promotion(request: PromoteRequest, *, cluster: Cluster) -> PromotionPlan:
    """Look at the spec and the cluster; nothing is changed.

    Raises:
        InputError: there is no such model, label or version, or the versions do not fit into the memory.
        PreconditionError: the service is not deployed, its configuration is another tool's, or a canary is running.
    """
    spec = request.spec
    name = ServiceName.of(spec)
    live = read_live_config(name, cluster=cluster)
    require_ours(live)
    model = chosen_model(spec, request.model)
    if not request.ends_canary:
        require_no_canary(name, cluster=cluster)
    infos = read_models(spec, base=request.base, known=request.infos)
    before = live.config.model(model.name)
    begun = _begun(request, model=model.name, name=name, cluster=cluster)
    origin = before.labels.get(request.label) if begun is None else begun.origin
    loads = request.number not in before.numbers and before.versions != "all"
    deployment = cluster.get(_deployment_ref(name))
    minor = supported_minor(cluster.release())
    rendering = Rendering(base=request.base, infos=infos, minor=minor)
    if loads:
        require_known(request, model=model, info=infos.get(model.name))
        require_in_image(request, model=model, deployment=deployment, rendering=rendering)
    target = _target(request, before=before, origin=origin, live=live, rendering=rendering, model=model)
    require_same_models(live.config, target)
    new = _new_spec(request, model=model, target=target, rendering=rendering)
    if loads and deployment is not None:
        require_memory(new, infos, deployment=deployment, model=model.name, target=target)
    why = tuple(field_changes(rendering.manifests(spec), rendering.manifests(new)))
    require_same_image(why, model=model)
    notes = []
    if rendering.models_config(new) != write_server_config(target):
        notes.append("the spec has other changes that are not applied yet: tfk8s diff shows them; they are left alone")
    return PromotionPlan(
        model=model.name,
        origin=origin,
        is_begun=begun is not None,
        aim=Aim(
            config=target,
            versions=frozenset({(model.name, request.number)}),
            labels=frozenset({(model.name, request.label)}),
        ),
        spec=new,
        edit=edit_of(request, new, model=model.name),
        text=text_of(request, new, model=model.name),
        way="rolled" if why else "live",
        why=why,
        loads=loads,
        notes=tuple(notes),
    )


def _begun(request: PromoteRequest, *, model: str, name: ServiceName, cluster: Cluster) -> Entry | None:
    """The same change, if another run began it and did not end it."""
    left = unfinished(read_journal(name, cluster=cluster))
    wanted = Change(action=request.action, model=model, label=request.label, target=request.number)
    return left if left is not None and left.change == wanted else None


def _target(
    request: PromoteRequest,
    *,
    before: ModelConfig,
    origin: int | None,
    live: LiveConfig,
    rendering: Rendering,
    model: ModelSpec,
) -> ServerConfig:
    labels = {**before.labels, request.label: request.number}
    versions = before.versions
    if isinstance(versions, tuple):
        numbers = {*versions, request.number}
        if request.unload and origin is not None and origin not in labels.values():
            numbers.discard(origin)
        versions = tuple(sorted(numbers))
    elif versions == "latest":
        from tfk8s.manifest.server_config import read_server_config

        labelled = with_model(request.spec, model.model_copy(update={"labels": labels}))
        versions = read_server_config(rendering.models_config(labelled)).model(model.name).versions
    return live.config.replaced(replace(before, versions=versions, labels=labels))


def _new_spec(request: PromoteRequest, *, model: ModelSpec, target: ServerConfig, rendering: Rendering) -> ServiceSpec:
    """The spec with the label moved; its versions become a list where the servers would load others without one."""
    labels = {**model.labels, request.label: request.number}
    moved = with_model(request.spec, model.model_copy(update={"labels": labels}))
    wanted = target.model(model.name).versions
    if isinstance(model.versions, tuple):
        left = model.labels.get(request.label)
        numbers = {*model.versions, request.number}
        if request.unload and left is not None and left not in labels.values():
            numbers.discard(left)
        listed = tuple(sorted(numbers))
        return with_model(moved, model.model_copy(update={"labels": labels, "versions": listed}))
    if isinstance(wanted, tuple) and rendering.models_config(moved) != write_server_config(target):
        return with_model(moved, model.model_copy(update={"labels": labels, "versions": wanted}))
    return moved


def _deployment_ref(name: ServiceName) -> ObjectRef:
    called = name.objects.deployment if name.objects is not None else name.name
    return ObjectRef(api_version="apps/v1", kind="Deployment", namespace=name.namespace, name=called)
