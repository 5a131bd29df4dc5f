"""`versions add` where the servers read the versions from a volume or a bucket: staged, tried, published, loaded live.

The version is brought under a name that no server sees, tried from there, and published; then the running servers load
it beside what they serve. Pods are replaced only where more than the server's configuration changes.
"""

from __future__ import annotations

from dataclasses import replace

from tfk8s.app.apply import ApplyOptions, apply_service
from tfk8s.app.beside_config import pod_changes
from tfk8s.app.journal import Logbook
from tfk8s.app.live_change import LiveOptions, change_live
from tfk8s.app.live_config import LiveConfig, read_live_config, require_ours
from tfk8s.app.moved_release import record_moved
from tfk8s.app.publication import local_version
from tfk8s.app.rendering import RenderedService
from tfk8s.app.service import ServiceName
from tfk8s.app.steps import Done, Steps
from tfk8s.app.trial import TrialResult
from tfk8s.app.versions_add import (
    beating,
    change_of,
    end_left,
    logbook,
    removed,
    rendered,
    tell,
    try_version,
    written,
)
from tfk8s.app.versions_request import Added, AddPlan, AddRequest, AddWorld
from tfk8s.app.versions_spec import edit_of
from tfk8s.errors import ClusterRejectedError, PreconditionError, RolloutFailedError
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.ports import Warn
from tfk8s.ports.publication import Staged, VersionStore
from tfk8s.rollout.promotion import Aim


def add_to_store(request: AddRequest, plan: AddPlan, *, world: AddWorld, store: VersionStore) -> Added:
    """Carry a plan out.

    Raises:
        RolloutFailedError: the trial failed, and nothing live was touched; or a server could not load the version,
            and it is out of the configuration again.
        PreconditionError: the version cannot be tried before servers would see it.
        UnverifiedError: a pod that would be made may not run its image; nothing was changed.
        Tfk8sError: of the step that failed; its details say which steps were done before it.
    """
    steps = Steps(clock=world.world.clock, reporter=world.world.reporter)
    tell(plan, world=world)
    live = read_live_config(ServiceName.of(plan.spec), cluster=world.world.cluster)
    require_ours(live)
    service = rendered(request, plan, spec=plan.spec, image=_image(plan), world=world)
    if _is_done(request, plan, live=live):
        end_left(plan, world=world)
        return Added(plan=plan, was_done=True)
    if request.trial or _changes_of_pods(request, plan, service, world=world):
        world.world.admit(service.rendered.manifests)
    staged = steps.run("stage", lambda: _staged(plan, store=store, world=world))
    _require_trial_place(request, plan, staged, store=store)
    trial = None
    if request.trial and staged.base_path is not None:
        trial = steps.run("trial", lambda: _tried_staged(request, plan, staged, service, world=world, store=store))
    elif not request.trial:
        world.world.reporter.emit(Warn(message="no trial: the version was not loaded anywhere before servers load it"))
    book = logbook(plan, world=world)
    book.begin(change_of(plan), origin=plan.before, digest=plan.given.digest)
    world = beating(world, book=book)
    try:
        steps.run("publish", lambda: _published(plan, staged, store=store, world=world, book=book))
        if request.trial and trial is None:
            trial = steps.run("trial", lambda: _tried_published(request, plan, service, live=live, world=world))
        served = steps.run("service", lambda: _served(request, plan, service, world=world, book=book))
    except (RolloutFailedError, ClusterRejectedError) as error:
        if not plan.is_there:
            store.remove(plan.number)
        book.end("aborted", note=error.message)
        raise
    files = steps.run("spec", lambda: written(request, plan, digest=None))
    steps.run("retention", lambda: removed(plan, store=store))
    book.end("done")
    return Added(plan=plan, trial=trial, changed=served[0], answers=served[1], written=files)


def _image(plan: AddPlan) -> str | None:
    """Of the pods, where other models of the service are baked into it; None where the spec says which."""
    return None if plan.spec.image.digest else plan.image


def _changes_of_pods(
    request: AddRequest, plan: AddPlan, service: RenderedService, *, world: AddWorld
) -> tuple[str, ...]:
    before = rendered(request, plan, spec=request.spec, image=_image(plan), world=world)
    return pod_changes(before.deployable.manifests, service.deployable.manifests)


def target_config(plan: AddPlan, live: ServerConfig) -> ServerConfig:
    """How the servers are to be configured: the list of the spec, with whatever a label in the cluster leads to."""
    now, wanted = live.model(plan.model.name), plan.new_model.versions
    if isinstance(wanted, tuple):
        return live.replaced(replace(now, versions=tuple(sorted({*wanted, *now.labels.values()}))))
    return live


def _is_done(request: AddRequest, plan: AddPlan, *, live: LiveConfig) -> bool:
    is_changed = (plan.changes_spec and request.write) or bool(plan.retention.removed)
    return plan.is_there and not is_changed and target_config(plan, live.config) == live.config


def _require_trial_place(request: AddRequest, plan: AddPlan, staged: Staged, *, store: VersionStore) -> None:
    """A version that servers follow by themselves can be tried only where they do not look."""
    is_listed = isinstance(plan.new_model.versions, tuple)
    if not request.trial or is_listed or staged.base_path is not None:
        return
    store.abandon()
    raise PreconditionError(
        f"versions of {plan.model.name} is {plan.new_model.versions}: servers would load version {plan.number} "
        f"as soon as it is in {store.place}, and there is no place to try it before",
        hint="list versions in the spec, as `versions: [1]`, or go on without a trial load: --no-trial",
    )


def _staged(plan: AddPlan, *, store: VersionStore, world: AddWorld) -> Done[Staged]:
    version = local_version(plan.given.path, number=plan.number)
    staged = store.stage(version, reporter=world.world.reporter)
    sent = f"{staged.sent_bytes / 2**20:.1f} MiB sent, {staged.kept_bytes / 2**20:.1f} MiB there already"
    return Done(value=staged, outcome=f"version {plan.number} is beside {store.place}, {sent}")


def _tried_staged(
    request: AddRequest,
    plan: AddPlan,
    staged: Staged,
    service: RenderedService,
    *,
    world: AddWorld,
    store: VersionStore,
) -> Done[TrialResult]:
    try:
        result = try_version(request, plan, service, base_path=staged.base_path or "", world=world)
    except RolloutFailedError:
        store.abandon()
        raise
    return Done(value=result, outcome=str(result))


def _tried_published(
    request: AddRequest, plan: AddPlan, service: RenderedService, *, live: LiveConfig, world: AddWorld
) -> Done[TrialResult]:
    """The servers' list does not name it yet, so it is there and nobody's."""
    base_path = live.config.model(plan.model.name).base_path
    result = try_version(request, plan, service, base_path=base_path, world=world)
    return Done(value=result, outcome=str(result))


def _published(plan: AddPlan, staged: Staged, *, store: VersionStore, world: AddWorld, book: Logbook) -> Done[None]:
    if store.needs_pin:
        _pin(plan, world=world, book=book)
    store.publish(staged)
    return Done(value=None, outcome=f"version {plan.number} is in {store.place}")


def _pin(plan: AddPlan, *, world: AddWorld, book: Logbook) -> None:
    """Let the servers follow nothing while a version becomes visible bit by bit."""
    name = ServiceName.of(plan.spec)
    config = read_live_config(name, cluster=world.world.cluster).config
    now, wanted = config.model(plan.model.name), plan.new_model.versions
    if isinstance(now.versions, tuple) or not isinstance(wanted, tuple):
        return
    held = tuple(number for number in wanted if number != plan.number)
    pinned = config.replaced(replace(now, versions=held))
    aim = Aim(config=pinned, versions=frozenset(), labels=frozenset())
    options = LiveOptions(poll_s=float(plan.spec.serving.file_poll_seconds), beat=book.beat)
    change_live(aim, name=name, world=world.world, servers=world.access.servers, options=options)


def _served(
    request: AddRequest, plan: AddPlan, service: RenderedService, *, world: AddWorld, book: Logbook
) -> Done[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Let every server have it; what was changed, and what answers."""
    timeout_s = request.timeout_s or service.rendered.rollout_timeout_s
    changes = _changes_of_pods(request, plan, service, world=world)
    if changes:
        options = ApplyOptions(timeout_s=timeout_s)
        applied = apply_service(service.deployable, world=world.world, access=world.access, options=options)
        answers = tuple(str(answer) for answer in applied.answers)
        return Done(value=(applied.changed, answers), outcome=f"new pods, because of {', '.join(changes)}")
    name = ServiceName.of(plan.spec)
    live = read_live_config(name, cluster=world.world.cluster)
    aim = Aim(
        config=target_config(plan, live.config),
        versions=frozenset({(plan.model.name, plan.number)}),
        labels=frozenset(),
    )
    poll_s = float(plan.spec.serving.file_poll_seconds)
    done = change_live(
        aim,
        name=name,
        world=world.world,
        servers=world.access.servers,
        options=LiveOptions(timeout_s=timeout_s, poll_s=poll_s, beat=book.beat),
    )
    what = f"version {plan.number} of {plan.model.name} added"
    record_moved(name, world=world.world, edit=edit_of(request, plan, digest=None), what=what)
    told = f"version {plan.number} is available on {len(done.pods)} pods; none was replaced"
    changed = (f"update: {name.name}-config",) if done.is_changed else ()
    return Done(value=(changed, (told,)), outcome=told)
