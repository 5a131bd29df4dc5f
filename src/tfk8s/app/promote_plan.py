"""Works out what moving a label means: the target, the spec as it is to be, and whether pods must be replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from tfk8s.app.canary_live import require_no_canary
from tfk8s.app.journal import read_journal
from tfk8s.app.live_change import require_same_models
from tfk8s.app.live_config import LiveConfig, read_live_config, require_ours
from tfk8s.app.model_choice import chosen_model, with_model
from tfk8s.app.rendering import read_models, render_service, supported_minor
from tfk8s.app.service import ServiceName
from tfk8s.app.spec_edit import edited
from tfk8s.app.versions_gate import check_memory
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest import JsonObject, Manifests, ObjectRef
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION
from tfk8s.manifest.server_config import MODELS_FILE, ModelConfig, ServerConfig, write_server_config
from tfk8s.plan.capacity import amount_of
from tfk8s.ports.cluster import Cluster
from tfk8s.rollout.journal import Change, Entry, unfinished
from tfk8s.rollout.promotion import Aim
from tfk8s.spec import LocalSource, ModelSpec, ServiceSpec, load_spec
from tfk8s.spec.label_edit import with_label
from tfk8s.spec.version_list import with_versions

if TYPE_CHECKING:
    from tfk8s.model import ModelInfo

Way: TypeAlias = Literal["live", "rolled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoteRequest:
    """What is wanted.

    Attributes:
        action: as the journal calls it.
        label: the label to move.
        number: the version that it is to lead to.
        spec: the service, in its environment.
        base: the folder that the spec's paths start from.
        file: the spec file; None for one that came from a stream.
        environment: of the spec, None for none.
        model: which of several models.
        unload: whether to unload the version that the label led to.
        write: whether to write the spec.
        infos: what is known of models by name, in place of looking at their directories.
        timeout_s: for all pods together.
        ends_canary: whether a canary asks, which has passed or is to be judged.
    """

    action: str = "promote"
    label: str
    number: int
    spec: ServiceSpec
    base: Path
    file: Path | None = None
    environment: str | None = None
    model: str | None = None
    unload: bool = False
    write: bool = True
    infos: Mapping[str, ModelInfo]
    timeout_s: float = 900.0
    ends_canary: bool = False


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
    rendering = _Rendering(base=request.base, infos=infos, minor=minor)
    if loads:
        _require_known(request, model=model, info=infos.get(model.name))
        _require_in_image(request, model=model, deployment=deployment, rendering=rendering)
    target = _target(request, before=before, origin=origin, live=live, rendering=rendering, model=model)
    require_same_models(live.config, target)
    new = _new_spec(request, model=model, target=target, rendering=rendering)
    if loads and deployment is not None:
        _require_memory(new, infos, deployment=deployment, model=model.name, target=target)
    why = tuple(_differences(rendering.manifests(spec), rendering.manifests(new)))
    _require_same_image(why, model=model)
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
        edit=_edit(request, new, model=model.name),
        text=_text(request, new, model=model.name),
        way="rolled" if why else "live",
        why=why,
        loads=loads,
        notes=tuple(notes),
    )


@dataclass(slots=True)
class _Rendering:
    """Renders specs; each once."""

    base: Path
    infos: Mapping[str, ModelInfo]
    minor: int

    def manifests(self, spec: ServiceSpec) -> Manifests:
        rendered = render_service(spec, base=self.base, infos=self.infos, kubernetes_minor=self.minor)
        return rendered.deployable.manifests

    def models_config(self, spec: ServiceSpec) -> str:
        texts = (text_at(item.body, "data", MODELS_FILE) for item in self.manifests(spec))
        return next((text for text in texts if text), "")


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
    rendering: _Rendering,
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


def _new_spec(request: PromoteRequest, *, model: ModelSpec, target: ServerConfig, rendering: _Rendering) -> ServiceSpec:
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


def _edit(request: PromoteRequest, new: ServiceSpec, *, model: str) -> Callable[[str], str]:
    """Makes a text that reads as the old spec one that reads as the new one; comments stay."""
    index = None if request.spec.model is not None else [item.name for item in request.spec.models].index(model)
    old, wanted = chosen_model(request.spec, model), chosen_model(new, model)

    def edit(text: str) -> str:
        environment = request.environment
        if old.labels != wanted.labels:
            text = with_label(text, request.label, version=request.number, index=index, environment=environment)
        if old.versions != wanted.versions and isinstance(wanted.versions, tuple):
            text = with_versions(text, index=index, versions=wanted.versions, environment=environment)
        return text

    return edit


def _text(request: PromoteRequest, new: ServiceSpec, *, model: str) -> str | None:
    """The spec file as it is to be, which reads as the new spec.

    Raises:
        InputError: it is written in a way that cannot be edited.
    """
    if request.file is None or not request.write:
        return None
    old, wanted = chosen_model(request.spec, model), chosen_model(new, model)
    by_hand = f"set labels.{request.label} of model {model} to {request.number}"
    if old.versions != wanted.versions and isinstance(wanted.versions, tuple):
        by_hand += f" and versions to {[*wanted.versions]}"
    text = edited(request.file, _edit(request, new, model=model), by_hand=f"{by_hand} by hand")
    read = chosen_model(load_spec(text, source=str(request.file), environment=request.environment), model)
    if (read.labels, read.versions) != (wanted.labels, wanted.versions):
        raise InputError(
            f"{request.file} does not say what it is meant to say once it is edited",
            hint=f"{by_hand} by hand, and go on with --no-write",
        )
    return text


def _require_known(request: PromoteRequest, *, model: ModelSpec, info: ModelInfo | None) -> None:
    if info is None or info.version(request.number) is not None:
        return
    there = ", ".join(str(version.number) for version in info.versions) or "none"
    raise InputError(
        f"version {request.number} of {model.name} is not in {model.source}; versions there: {there}",
        hint=f"add it first: tfk8s versions add MODEL_DIR --version {request.number}",
    )


def _require_in_image(
    request: PromoteRequest, *, model: ModelSpec, deployment: JsonObject | None, rendering: _Rendering
) -> None:
    """A directory here is in the pods only as far as their image was made from it."""
    if not isinstance(model.parsed_source, LocalSource) or deployment is None:
        return
    rendered = next(item.body for item in rendering.manifests(request.spec) if item.ref.kind == "Deployment")
    running, wanted = _image(deployment), _image(rendered)
    if running != wanted:
        raise PreconditionError(
            f"version {request.number} of {model.name} is not in the image that the pods run ({running})",
            hint=f"tfk8s versions add {model.source} --version {request.number} makes an image with it and brings it",
        )


def _require_same_image(why: tuple[str, ...], *, model: ModelSpec) -> None:
    """Refuse what needs an image that nobody has made."""
    if any(path.endswith(".image") for path in why):
        raise PreconditionError(
            f"the versions of {model.name} are baked into an image, and other versions are another image",
            hint="leave --unload out; later change `versions` in the spec: tfk8s up makes that image and brings it",
        )


def _require_memory(
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


def _differences(before: Manifests, after: Manifests) -> Iterator[str]:
    """What else than the configuration and its hash another spec changes."""
    from tfk8s.manifest.difference import differences

    old = {item.ref: item.body for item in before}
    for item in after:
        if item.ref.kind == "ConfigMap":
            continue
        for found in differences(_without_hash(old.get(item.ref, {})), _without_hash(item.body)):
            yield f"{item.ref.kind}/{item.ref.name} {found.path}"


def _without_hash(body: JsonObject) -> JsonObject:
    spec, template = object_at(body, "spec"), object_at(body, "spec", "template")
    if not template:
        return body
    metadata = object_at(template, "metadata")
    kept = {key: value for key, value in object_at(metadata, "annotations").items() if key != CONFIG_HASH_ANNOTATION}
    new: JsonObject = {**template, "metadata": {**metadata, "annotations": kept}}
    return {**body, "spec": {**spec, "template": new}}


def _image(deployment: JsonObject) -> str:
    container: JsonObject = next(iter(objects_at(deployment, "spec", "template", "spec", "containers")), {})
    return text_at(container, "image")


def _deployment_ref(name: ServiceName) -> ObjectRef:
    called = name.objects.deployment if name.objects is not None else name.name
    return ObjectRef(api_version="apps/v1", kind="Deployment", namespace=name.namespace, name=called)
