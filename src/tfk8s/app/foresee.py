"""What `up` says before anything happens; looks at the world and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tfk8s.app.apply import summary
from tfk8s.app.planning import plan_service
from tfk8s.app.preparation import Prepared, UpRequest, prepare, rendered_for
from tfk8s.app.rendering import RenderedService
from tfk8s.app.up_world import UpWorld
from tfk8s.plan import PlanOptions
from tfk8s.ports import ClusterPreview, ClusterState, Reporter, Repositories, Warn
from tfk8s.render.image import repository_of
from tfk8s.spec import ServiceSpec

_BALANCED = {
    "LoadBalancer": "a load balancer with an address of its own",
    "Ingress": "an HTTP load balancer with an address of its own",
    "Gateway": "an HTTP load balancer with an address of its own",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One step, and what it would do.

    Attributes:
        is_needed: False when there is nothing to do.
        details: what is created, or what differs, a line each.
        runs: what goes on running, and is billed, until `down`.
    """

    step: str
    what: str
    is_needed: bool
    details: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


def foresee_up(request: UpRequest, *, world: UpWorld) -> tuple[Foreseen, ...]:
    """Say what each step of `up` would do.

    Raises:
        Tfk8sError: as `up` would, as far as that can be known without changing anything.
    """
    prepared = prepare(request)
    warn_of(prepared.rendered, reporter=world.reporter)
    preview = _preview(prepared, world=world)
    return (
        *_before_service(request, prepared, preview=preview, world=world),
        _service(request, prepared, preview=preview, world=world),
    )


def foresee_before_service(request: UpRequest, prepared: Prepared, *, world: UpWorld) -> tuple[Foreseen, ...]:
    """Say what the steps would do that come before anything is asked of Kubernetes itself.

    Raises:
        Tfk8sError: as `foresee_up`.
    """
    return _before_service(request, prepared, preview=_preview(prepared, world=world), world=world)


def foreseen_lines(steps: Sequence[Foreseen]) -> Iterator[str]:
    """Each step in a line, with what it creates below it; in the end what is billed until `down`."""
    for step in steps:
        yield f"{step.step + ':':<9} {step.what}"
        yield from (f"{'':<9}   {line}" for line in step.details)
    runs = [line for step in steps for line in step.runs]
    if runs:
        yield "running, and billed, until `tfk8s down`:"
        yield from (f"{'':<9}   {line}" for line in runs)


def warn_of(service: RenderedService, *, reporter: Reporter, known: RenderedService | None = None) -> None:
    """Tell what rendering warned of, before anything is made that costs; `known` is what was told already."""
    told = set(known.rendered.warnings) if known else set()
    for warning in service.rendered.warnings:
        if warning not in told:
            reporter.emit(Warn(message=warning.message, hint=warning.hint))


def missing_repository(spec: ServiceSpec, repositories: Repositories | None) -> str | None:
    """The image repository that must be made before the image can be pushed; None when there is nothing to make."""
    repository = repository_of(spec)
    if repositories is None or not repositories.manages(repository) or repositories.exists(repository):
        return None
    return repository


def _preview(prepared: Prepared, *, world: UpWorld) -> ClusterPreview:
    if prepared.cluster is None:
        return ClusterPreview(state=ClusterState.RUNNING)
    return world.clusters.preview(prepared.cluster)


def _before_service(
    request: UpRequest, prepared: Prepared, *, preview: ClusterPreview, world: UpWorld
) -> tuple[Foreseen, ...]:
    cluster = [] if prepared.cluster is None else [_cluster(prepared.cluster.name, preview, spec=request.spec)]
    if not prepared.pushes:
        image = _loaded(request, prepared, state=preview.state, world=world)
        return (*cluster, *([image] if image else []))
    return (*_pushed(request, prepared, world=world), *cluster)


def _cluster(name: str, preview: ClusterPreview, *, spec: ServiceSpec) -> Foreseen:
    what = {
        ClusterState.ABSENT: f"create {name}",
        ClusterState.STOPPED: f"start {name}, or wait until it is made",
        ClusterState.RUNNING: f"{name} runs",
    }[preview.state]
    differences = tuple(
        f"{found.field} is {found.found}, the spec says {found.wanted}: {found.remedy}" for found in preview.differences
    )
    balanced = _BALANCED.get(spec.expose.type)
    runs = preview.runs + ((balanced,) if preview.runs and balanced else ())
    return Foreseen(
        step="cluster",
        what=what,
        is_needed=preview.state is not ClusterState.RUNNING,
        details=preview.creates + differences,
        runs=runs,
    )


def _pushed(request: UpRequest, prepared: Prepared, *, world: UpWorld) -> Iterator[Foreseen]:
    repository = missing_repository(request.spec, world.repositories)
    if repository is not None:
        yield Foreseen(step="registry", what=f"create the repository of {repository}", is_needed=True)
    base = request.spec.image.base
    is_there = repository is None and world.images(prepared.cluster).holds(str(prepared.image), base=base)
    what = f"{prepared.image} is there" if is_there else f"build {prepared.image} and push it"
    is_billed = world.repositories is not None and world.repositories.manages(repository_of(request.spec))
    runs = ("the image's storage in the registry",) if is_billed else ()
    yield Foreseen(step="image", what=what, is_needed=not is_there, runs=runs)


def _loaded(request: UpRequest, prepared: Prepared, *, state: ClusterState, world: UpWorld) -> Foreseen | None:
    if prepared.image is None:
        return None
    base = request.spec.image.base
    if state is ClusterState.RUNNING and world.images(prepared.cluster).holds(prepared.image, base=base):
        return Foreseen(step="image", what=f"{prepared.image} is there", is_needed=False)
    unless = "" if state is not ClusterState.STOPPED else ", unless they have it"
    return Foreseen(step="image", what=f"build {prepared.image} and load it into the nodes{unless}", is_needed=True)


def _service(request: UpRequest, prepared: Prepared, *, preview: ClusterPreview, world: UpWorld) -> Foreseen:
    service = f"{prepared.service.name} in {prepared.service.namespace}"
    if preview.state is not ClusterState.RUNNING:
        count = len(prepared.rendered.deployable.manifests)
        return Foreseen(step="service", what=f"{service}: apply {count} objects", is_needed=True)
    access = world.clusters.access(prepared.cluster.name) if prepared.cluster else None
    cluster = world.connect(access).cluster
    deployable = rendered_for(cluster, request=request, prepared=prepared).deployable
    plan = plan_service(deployable, cluster=cluster, options=PlanOptions(instance=deployable.name.name)).plan
    return Foreseen(step="service", what=f"{service}: {summary(plan)}", is_needed=bool(plan.pending))
