"""The use-case of `tfk8s versions add` where the models are baked into an image: checked, tried, rolled out, written.

Nothing that is live is touched before the version was loaded and asked in a Job of its own. Everything that a run needs
to know is read anew, so a run that was killed at any moment is finished by running it again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tfk8s.app.apply import Applied, ApplyOptions, apply_service
from tfk8s.app.beating import BeatingClock
from tfk8s.app.journal import Logbook, read_journal
from tfk8s.app.planning import plan_service
from tfk8s.app.publication import local_version
from tfk8s.app.rendering import RenderedService, render_service, supported_minor
from tfk8s.app.service import Origin, ServiceName
from tfk8s.app.steps import Done, Steps
from tfk8s.app.trial import TrialRequest, TrialResult, trial_load
from tfk8s.app.versions_plan import unpinned
from tfk8s.app.versions_request import Added, AddPlan, AddRequest, AddWorld
from tfk8s.app.versions_signature import asks_signature, require_signable, signed
from tfk8s.app.versions_spec import new_text, write_spec
from tfk8s.errors import ClusterRejectedError, RolloutFailedError
from tfk8s.plan import PlanOptions
from tfk8s.ports import Note, Warn
from tfk8s.ports.publication import VersionStore
from tfk8s.render.served import served_models
from tfk8s.render.trial import TrialWish, trial_objects
from tfk8s.rollout.journal import Change, unfinished
from tfk8s.spec import ServiceSpec, object_names

SCHEDULING_S = 240
"""Room for scheduling, pulling the image, and two requests, beside what the models' own start may take."""

_AFTER_S = 60
"""The Job outlives the wait by this much, so that it is this run that says what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """What the service is to be: its spec, the image, and the objects.

    Attributes:
        made: the image by its digest, where it was made; None where a registry had it.
    """

    spec: ServiceSpec
    image: str | None
    service: RenderedService
    made: str | None = None


def add_version(request: AddRequest, plan: AddPlan, *, world: AddWorld, store: VersionStore) -> Added:
    """Carry a plan out.

    Raises:
        RolloutFailedError: the trial failed, and nothing was changed; or the rollout did, and was undone.
        UnverifiedError: the image has not the signature that the spec asks for; the registry has it, and nothing else
            was changed.
        Tfk8sError: of the step that failed; its details say which steps were done before it.
    """
    steps = Steps(clock=world.world.clock, reporter=world.world.reporter)
    tell(plan, world=world)
    require_signable(request, plan, world=world)
    target = steps.run("image", lambda: _imaged(request, plan, world=world))
    if asks_signature(request, plan):
        image, manifests = target.made or target.image or "", target.service.rendered.manifests
        steps.run("signature", lambda: signed(request, image, manifests, world=world))
    for warning in target.service.rendered.warnings:
        world.world.reporter.emit(Warn(message=warning.message, hint=warning.hint))
    if is_done(request, plan, target.service, world=world):
        end_left(plan, world=world)
        return Added(plan=plan, was_done=True, image=target.image)
    trial = None
    if request.trial:
        trial = steps.run("trial", lambda: _tried(request, plan, target, world=world))
    else:
        world.world.reporter.emit(Warn(message="no trial: the version was not loaded anywhere before it goes out"))
    book = logbook(plan, world=world)
    book.begin(change_of(plan), origin=plan.before, digest=plan.given.digest)
    world = beating(world, book=book)
    steps.run("publish", lambda: _published(plan, store=store, world=world))
    try:
        applied = steps.run("service", lambda: _applied(request, target, world=world))
    except (RolloutFailedError, ClusterRejectedError) as error:
        if not plan.is_there:  # else the next `apply` would bring back what has just failed
            store.remove(plan.number)
        book.end("aborted", note=error.message)
        raise
    files = steps.run("spec", lambda: written(request, plan, digest=target.spec.image.digest))
    steps.run("retention", lambda: removed(plan, store=store))
    book.end("done")
    return Added(
        plan=plan,
        trial=trial,
        image=target.image,
        changed=applied.changed,
        answers=tuple(str(answer) for answer in applied.answers),
        written=files,
    )


def change_of(plan: AddPlan) -> Change:
    """As the journal calls it."""
    return Change(action="add", model=plan.model.name, label="", target=plan.number)


def beating(world: AddWorld, *, book: Logbook) -> AddWorld:
    """The same world, where waiting shows in the journal that this run is alive."""
    clock = BeatingClock(world.world.clock, beat=book.beat)
    return replace(world, world=replace(world.world, clock=clock))


def logbook(plan: AddPlan, *, world: AddWorld) -> Logbook:
    """The journal of the service."""
    return Logbook(name=ServiceName.of(plan.spec), world=world.world)


def end_left(plan: AddPlan, *, world: AddWorld) -> None:
    """Note the end of a run that was killed when all was done but that."""
    book = logbook(plan, world=world)
    left = unfinished(read_journal(book.name, cluster=world.world.cluster))
    if left is not None and left.change == change_of(plan):
        book.begin(left.change, origin=left.origin, digest=plan.given.digest)
        book.end("done")


def foresee_add(request: AddRequest, plan: AddPlan, *, world: AddWorld) -> tuple[str, ...]:
    """The objects that would change, for --dry-run; an image that the spec pins is taken to stay."""
    require_signable(request, plan, world=world)
    if asks_signature(request, plan) and request.signing is None:
        world.world.reporter.emit(Note(message="image.verify lets the image in once it is signed: --sign signs it"))
    service = rendered(request, plan, spec=plan.spec, image=plan.image, world=world)
    options = PlanOptions(instance=service.deployable.name.name)
    planned = plan_service(service.deployable, cluster=world.world.cluster, options=options)
    return tuple(f"{change.action.value}: {change.ref}" for change in planned.plan.pending)


def tell(plan: AddPlan, *, world: AddWorld) -> None:
    """Say what clients will notice before anything is done."""
    reporter = world.world.reporter
    for warning in plan.given.warnings:
        reporter.emit(Warn(message=warning))
    for change in plan.contract:
        reporter.emit(Warn(message=str(change)) if change.is_breaking else Note(message=str(change)))
    for effect in plan.effects:
        reporter.emit(Note(message=effect))
    if plan.memory is not None and plan.memory.grows:
        reporter.emit(
            Note(
                message=f"the memory limit of a pod grows from {plan.memory.before >> 20} MiB to "
                f"{plan.memory.after >> 20} MiB ({plan.memory.enough.reason}); all pods are replaced"
            )
        )


def is_done(request: AddRequest, plan: AddPlan, service: RenderedService, *, world: AddWorld) -> bool:
    """Whether everything is as it would be made: the source, the spec and the cluster."""
    if not plan.is_there or (plan.changes_spec and request.write) or plan.retention.removed:
        return False
    options = PlanOptions(instance=service.deployable.name.name)
    return not plan_service(service.deployable, cluster=world.world.cluster, options=options).plan.pending


def _imaged(request: AddRequest, plan: AddPlan, *, world: AddWorld) -> Done[_Target]:
    """The image with one layer more; it is made where it is missing."""
    if plan.image is None:
        return Done(value=_target(request, plan, spec=plan.spec, image=None, world=world), outcome="nothing to bake")
    store, base_name, reporter = world.images(), plan.spec.image.base, world.world.reporter
    pinned = plan.spec.image.digest is not None
    if not pinned and request.signing is None and store.holds(plan.image, base=base_name):
        target = _target(request, plan, spec=plan.spec, image=plan.image, world=world)
        return Done(value=target, outcome=f"{plan.image} is there")
    base = store.base(base_name, reporter=reporter)
    image = world.builder.build(plan.contents, base=base, reference=plan.image)
    delivery = store.deliver(image, base=base, reporter=reporter)
    spec = plan.spec
    name: str | None = plan.image
    if pinned:
        spec = spec.model_copy(update={"image": spec.image.model_copy(update={"digest": image.digest})})
        name = None  # the spec names it
    sent = f"{delivery.sent_bytes / 2**20:.1f} MiB sent, {delivery.reused_bytes / 2**20:.1f} MiB there already"
    target = _target(request, plan, spec=spec, image=name, world=world)
    return Done(
        value=replace(target, made=_by_digest(plan.image, image.digest)),
        outcome=f"{plan.image} with {len(image.layers)} model layers, {sent}",
    )


def _target(request: AddRequest, plan: AddPlan, *, spec: ServiceSpec, image: str | None, world: AddWorld) -> _Target:
    service = rendered(request, plan, spec=spec, image=image, world=world)
    shown = image
    if spec.image.digest and plan.image is not None:
        shown = _by_digest(plan.image, spec.image.digest)
    return _Target(spec=spec, image=shown, service=service)


def _by_digest(tagged: str, digest: str) -> str:
    return f"{tagged.rpartition(':')[0]}@{digest}"


def rendered(
    request: AddRequest, plan: AddPlan, *, spec: ServiceSpec, image: str | None, world: AddWorld
) -> RenderedService:
    """The service with the version, for the release that the cluster runs, exactly as `apply` renders it."""
    text = new_text(request, plan, digest=spec.image.digest)
    return render_service(
        spec if image is None else unpinned(spec),
        base=request.base,
        image=image,
        kubernetes_minor=supported_minor(world.world.cluster.release()),
        infos=plan.infos,
        origin=Origin(spec=text or "", environment=request.environment or ""),
    )


def _tried(request: AddRequest, plan: AddPlan, target: _Target, *, world: AddWorld) -> Done[TrialResult]:
    base_path = next(each.base_path for each in served_models(target.spec, plan.infos) if each.name == plan.model.name)
    result = try_version(request, plan, target.service, base_path=base_path, world=world)
    return Done(value=result, outcome=str(result))


def try_version(
    request: AddRequest, plan: AddPlan, service: RenderedService, *, base_path: str, world: AddWorld
) -> TrialResult:
    """Load the version from a directory in a Job.

    Raises:
        RolloutFailedError: it cannot be loaded, or does not answer.
    """
    timeout_s = request.timeout_s or service.rendered.settled.startup_s + SCHEDULING_S
    wish = TrialWish(
        model=plan.model.name,
        base_path=base_path,
        version=plan.number,
        deadline_s=int(timeout_s) + _AFTER_S,
    )
    trial = trial_objects(service.rendered.manifests, names=object_names(plan.spec), wish=wish)
    return trial_load(TrialRequest(trial=trial, timeout_s=timeout_s), world=world.world, servers=world.access.servers)


def _published(plan: AddPlan, *, store: VersionStore, world: AddWorld) -> Done[None]:
    if plan.is_there:
        return Done(value=None, outcome=f"version {plan.number} is in {store.place} already")
    store.publish(store.stage(local_version(plan.given.path, number=plan.number), reporter=world.world.reporter))
    return Done(value=None, outcome=f"version {plan.number} is in {store.place}")


def _applied(request: AddRequest, target: _Target, *, world: AddWorld) -> Done[Applied]:
    timeout_s = request.timeout_s or target.service.rendered.rollout_timeout_s
    applied = apply_service(
        target.service.deployable,
        world=world.world,
        access=world.access,
        options=ApplyOptions(timeout_s=timeout_s),
    )
    return Done(value=applied, outcome=f"{len(applied.changed)} objects changed" if applied.changed else "unchanged")


def written(request: AddRequest, plan: AddPlan, *, digest: str | None) -> Done[tuple[str, ...]]:
    """Write the spec file, as a step."""
    files = write_spec(request, plan, digest=digest)
    return Done(value=files, outcome=", ".join(files) or "stays as it is")


def removed(plan: AddPlan, *, store: VersionStore) -> Done[None]:
    """Take the versions away that do not stay, as a step."""
    gone = [number for number in plan.retention.removed if number in store.versions()]
    for number in gone:
        store.remove(number)
    told = ", ".join(str(number) for number in gone)
    return Done(value=None, outcome=f"version {told} removed from {store.place}" if gone else "nothing to remove")
