"""The use-case of `tfk8s apply`: plan, apply, prune, wait for predictions; explain and go back when it fails."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from tfk8s.app.carry_out import ApplyResult, World, carry_out
from tfk8s.app.diff import change_lines
from tfk8s.app.front_wait import ask_through, tell_fronts, wait_for_fronts
from tfk8s.app.planning import Planned, plan_service, read_inventory
from tfk8s.app.rbac_check import require_apply, require_delete
from tfk8s.app.record import record, settle
from tfk8s.app.service import Deployable
from tfk8s.app.smoke import SmokeResult
from tfk8s.app.wait import ServerAccess, wait_for_answers, wait_for_rollout
from tfk8s.errors import ClusterRejectedError, RolloutFailedError, Tfk8sError
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.order import in_apply_order
from tfk8s.plan import Action, Plan, PlanOptions, caught_up
from tfk8s.ports import Note, StepDone, StepStarted, Warn
from tfk8s.ports.cluster import ForbiddenError

_SMALLEST_BUDGET_S = 5.0
_ASLEEP = (
    "the service sleeps: its autoscaler keeps no pod while nobody asks, so no prediction was asked for; the next pod "
    "is of this release, and apply proves it when one is there"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """What the user allows, and for how long.

    Attributes:
        timeout_s: for the rollout and the first prediction together.
        rollback: go back to the last good release on failure.
        rollback_timeout_s: a budget of its own for going back.
        wait: whether to wait at all.
    """

    force_conflicts: bool = False
    recreate: bool = False
    timeout_s: float = 900.0
    rollback: bool = True
    rollback_timeout_s: float = 300.0
    wait: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The outcome: what was changed, how the models answered, and where a load balancer lets clients in."""

    plan: Plan
    changed: tuple[str, ...]
    answers: tuple[SmokeResult, ...]
    revision: int | None
    addresses: tuple[str, ...] = ()


def apply_service(deployable: Deployable, *, world: World, access: ServerAccess, options: ApplyOptions) -> Applied:
    """Bring the service to what its manifests say.

    Raises:
        ForbiddenError: the login lacks rights, all of which are named; nothing was changed.
        ClusterRejectedError: a change is blocked; nothing was changed. Or the server refused one half-way.
        RolloutFailedError: it was applied and does not work; the text says whether the way back worked.
        WaitTimeoutError: time is up and nothing has failed, or the service works and has no public address yet.
        PreconditionError: see `plan_service`.
        UnverifiedError: an image lacks the signature that the spec asks for; nothing was changed.
    """
    started_s = world.clock.monotonic_s()
    announce(deployable, world=world)
    world.admit(deployable.manifests)
    result = ApplyResult()
    require_apply(deployable, cluster=world.cluster, waits=options.wait)
    planned = _plan(deployable, world=world, options=options)
    require_delete(_gone(planned.plan), cluster=world.cluster)
    is_applied = False
    try:
        planned = _carry_out(deployable, planned, world=world, options=options, result=result)
        is_applied = True
        answers = _wait(deployable, world=world, access=access, options=options)
    except (ClusterRejectedError, RolloutFailedError) as error:
        if isinstance(error, ClusterRejectedError) and not result.done:
            raise
        if isinstance(error, ForbiddenError) and is_applied:
            raise _unseen(error, deployable, world=world) from error
        raise _gone_back(error, deployable, world=world, access=access, options=options) from error
    revision = settle(deployable, world=world, proven=bool(answers))
    left_s = options.timeout_s - (world.clock.monotonic_s() - started_s)
    addresses = _let_in(deployable, world=world, access=access, timeout_s=left_s) if answers else ()
    return Applied(plan=planned.plan, changed=result.lines(), answers=answers, revision=revision, addresses=addresses)


def _unseen(error: ForbiddenError, deployable: Deployable, *, world: World) -> ForbiddenError:
    """What this login may not look at has not failed: it stays, as after `--no-wait`."""
    settle(deployable, world=world, proven=False)
    message = f"{error.message}; everything is applied and stays, and whether it works was not seen"
    return ForbiddenError(message, hint=error.hint, details=error.details, missing=error.missing)


def _let_in(deployable: Deployable, *, world: World, access: ServerAccess, timeout_s: float) -> tuple[str, ...]:
    """Wait for what stands in front; the service is proven and recorded by then, and stays whatever comes of this."""
    fronts = wait_for_fronts(deployable, world=world, timeout_s=timeout_s)
    tell_fronts(fronts, world=world)
    ask_through(fronts, deployable=deployable, servers=access.servers, world=world)
    return tuple(url for front in fronts for url in front.urls)


def announce(deployable: Deployable, *, world: World) -> None:
    """Say which cluster and namespace are about to change, before the first write."""
    world.reporter.emit(Note(message=f"{world.cluster.identity}, namespace {deployable.name.namespace}"))


def plan_options(deployable: Deployable, options: ApplyOptions) -> PlanOptions:
    """The part of the options that planning needs."""
    return PlanOptions(
        force_conflicts=options.force_conflicts, recreate=options.recreate, instance=deployable.name.name
    )


def _plan(deployable: Deployable, *, world: World, options: ApplyOptions) -> Planned:
    planned = plan_service(deployable, cluster=world.cluster, options=plan_options(deployable, options))
    for warning in planned.plan.warnings:
        world.reporter.emit(Warn(message=warning.message, hint=warning.hint))
    refuse_blocked(planned.plan)
    world.reporter.emit(Note(message=f"plan: {summary(planned.plan)}"))
    for change in planned.plan.pending:
        if change.action is not Action.CREATE:
            world.reporter.emit(Note(message="\n".join(change_lines(change))))
    return planned


def _gone(plan: Plan) -> tuple[ObjectRef, ...]:
    """What is deleted, for good or to be made anew."""
    return tuple(change.ref for change in plan.pending if change.action in (Action.PRUNE, Action.RECREATE))


def summary(plan: Plan) -> str:
    """`2 create, 1 update, 6 unchanged`."""
    counts = Counter(change.action for change in plan.changes)
    return ", ".join(f"{counts[action]} {action.value}" for action in Action if counts[action]) or "nothing"


def refuse_blocked(plan: Plan) -> None:
    """Stop before the first write when a change is not allowed.

    Raises:
        ClusterRejectedError: it names each object, field and manager.
    """
    if not plan.blocked:
        return
    details = [f"{change.ref}: {cause}" for change in plan.blocked for cause in change.causes]
    first = plan.blocked[0]
    conflict = any("managed by" in change.reason for change in plan.blocked)
    way = first.remedy or ("--force-conflicts takes these fields over" if conflict else "see the fields")
    raise ClusterRejectedError(
        f"{first.ref}: {first.reason}" + (f" (and {len(plan.blocked) - 1} more)" if len(plan.blocked) > 1 else ""),
        hint=f"nothing was changed; {way}",
        details=tuple(details),
    )


def _carry_out(
    deployable: Deployable, planned: Planned, *, world: World, options: ApplyOptions, result: ApplyResult
) -> Planned:
    """Write the record of old and new, then the changes; a fresh namespace first: only then can the server predict."""
    plan = planned.plan
    made_first = tuple(change for change in plan.pending if change.ref.kind == "Namespace")
    if made_first:
        carry_out(replace(plan, changes=made_first), world=world, result=result)
        again = plan_service(deployable, cluster=world.cluster, options=plan_options(deployable, options))
        refuse_blocked(again.plan)
        planned = replace(again, plan=replace(again.plan, warnings=plan.warnings))
    if planned.plan.pending:
        inventory = caught_up(planned.inventory, live=planned.observed.live)  # a live change whose run died before
        record(deployable.name, inventory.joined(deployable.manifests), world=world)
        carry_out(planned.plan, world=world, result=result)
    return planned


def _wait(
    deployable: Deployable, *, world: World, access: ServerAccess, options: ApplyOptions
) -> tuple[SmokeResult, ...]:
    if not options.wait:
        return ()
    started_s = world.clock.monotonic_s()
    world.reporter.emit(StepStarted(step="rollout"))
    rolled = wait_for_rollout(deployable, world=world, timeout_s=options.timeout_s)
    took_s = world.clock.monotonic_s() - started_s
    world.reporter.emit(StepDone(step="rollout", outcome="complete", seconds=took_s))
    if rolled.is_asleep:
        world.reporter.emit(Note(message=_ASLEEP))
        return ()
    budget_s = max(rolled.left_s, _SMALLEST_BUDGET_S)
    answers = wait_for_answers(deployable, access=access, world=world, timeout_s=budget_s)
    took_s = world.clock.monotonic_s() - started_s - took_s
    for answer in answers:
        world.reporter.emit(StepDone(step="first prediction", outcome=str(answer), seconds=took_s))
    return answers


def _gone_back(
    error: Tfk8sError, deployable: Deployable, *, world: World, access: ServerAccess, options: ApplyOptions
) -> RolloutFailedError | ClusterRejectedError:
    """Go back to the last release that answered, and say how that went in the error that is raised."""
    outcome = _go_back(error, deployable, world=world, access=access, options=options)
    family = RolloutFailedError if isinstance(error, RolloutFailedError) else ClusterRejectedError
    return family(f"{error.message}; {outcome}", hint=error.hint, details=error.details)


def _go_back(
    error: Tfk8sError, deployable: Deployable, *, world: World, access: ServerAccess, options: ApplyOptions
) -> str:
    if not options.rollback:
        return "left as it is (--no-rollback)"
    revision = read_inventory(deployable.name, cluster=world.cluster).revision
    if revision is None:
        return "there is no earlier release to go back to; it is left for inspection"
    secrets = tuple(item for item in deployable.manifests if item.ref.kind == "Secret")
    kept = tuple(item for item in deployable.manifests if item.ref.kind != "Secret")
    if kept == revision.manifests:
        return f"it is release {revision.number}, the last good one: there is nothing to go back to"
    world.reporter.emit(Warn(message=error.message, hint=error.hint))
    step = f"rollback to release {revision.number}"
    world.reporter.emit(StepStarted(step=step))
    started_s = world.clock.monotonic_s()
    before = replace(deployable, manifests=in_apply_order((*revision.manifests, *secrets)), warned=())
    within = replace(options, timeout_s=options.rollback_timeout_s)
    try:
        planned = plan_service(before, cluster=world.cluster, options=plan_options(before, options))
        refuse_blocked(planned.plan)
        _carry_out(before, planned, world=world, options=options, result=ApplyResult())
        answers = _wait(before, world=world, access=access, options=within)
        settle(before, world=world, proven=True)
    except Tfk8sError as failure:
        return f"and the way back to release {revision.number} failed too: {failure.message}"
    seconds = world.clock.monotonic_s() - started_s
    world.reporter.emit(StepDone(step=step, outcome="answers again" if answers else "is back", seconds=seconds))
    return f"rolled back to release {revision.number}" + (", which answers predictions" if answers else "")
