"""The use-case of `tfk8s versions promote`: a label moves to another version while the service goes on answering."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfk8s.app.apply import ApplyOptions, apply_service
from tfk8s.app.beating import BeatingClock
from tfk8s.app.carry_out import World
from tfk8s.app.git_change import GitChange, SpecChange, write_change
from tfk8s.app.journal import Logbook
from tfk8s.app.live_change import LiveOptions, change_live
from tfk8s.app.moved_release import record_moved
from tfk8s.app.promote_plan import PromotionPlan
from tfk8s.app.promote_request import PromoteRequest
from tfk8s.app.rbac_check import require_promote
from tfk8s.app.rendering import render_service, supported_minor
from tfk8s.app.service import Origin, ServiceName
from tfk8s.app.spec_edit import SpecNotEditableError, edited
from tfk8s.app.wait import ServerAccess
from tfk8s.errors import RolloutFailedError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import Note
from tfk8s.rollout.journal import Change

if TYPE_CHECKING:
    from tfk8s.model import ModelInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """What was done.

    Attributes:
        plan: what was meant.
        pods: that were seen to serve it; () when new pods took their place.
        is_changed: False when everything was so already.
        written: files.
    """

    plan: PromotionPlan
    pods: tuple[str, ...]
    is_changed: bool
    written: tuple[str, ...]


def promote(request: PromoteRequest, plan: PromotionPlan, *, world: World, access: ServerAccess) -> Promoted:
    """Move the label, write the spec, and note both in the journal; goes on with what an interrupted run began.

    Raises:
        ForbiddenError: the login lacks rights; nothing was changed.
        PreconditionError: another run is at it, or see `change_live`.
        RolloutFailedError: a server cannot serve the version; the label leads where it did.
        WaitTimeoutError: time is up and nothing has failed.
    """
    name = ServiceName.of(request.spec)
    if plan.way == "live":
        require_promote(name, cluster=world.cluster)
    change = Change(action=request.action, model=plan.model, label=request.label, target=request.number)
    book = Logbook(name=name, world=world)
    is_there = not plan.is_begun and plan.origin == request.number
    if not is_there:
        entry = book.begin(change, origin=plan.origin, digest=_digest(request, model=plan.model))
        plan = replace(plan, origin=entry.origin)
        world.reporter.emit(Note(message=f"noted as begun: {entry}"))
    try:
        pods, is_changed = _moved(request, plan, world=world, access=access, beat=None if is_there else book.beat)
        written = _write(request, plan)
    except RolloutFailedError as error:
        if not is_there:
            book.end("aborted", note=error.message)
        raise
    except BaseException:
        if not is_there:
            book.release()
        raise
    for path in written:
        world.reporter.emit(Note(message=f"wrote {path}"))
    if not is_there:
        book.end("done", note="" if plan.way == "live" else "new pods took the place of the old ones")
    for note in plan.notes:
        world.reporter.emit(Note(message=note))
    return Promoted(plan=plan, pods=pods, is_changed=is_changed or not is_there, written=written)


def _moved(
    request: PromoteRequest,
    plan: PromotionPlan,
    *,
    world: World,
    access: ServerAccess,
    beat: Callable[[], None] | None,
) -> tuple[tuple[str, ...], bool]:
    """The pods that were seen to serve it, and whether anything was changed."""
    if plan.way == "rolled":
        clock = BeatingClock(world.clock, beat=beat or (lambda: None))
        return (), _roll(request, plan, world=replace(world, clock=clock), access=access)
    poll_s = float(request.spec.serving.file_poll_seconds)
    options = LiveOptions(timeout_s=request.timeout_s, poll_s=poll_s, beat=beat or (lambda: None))
    name = ServiceName.of(request.spec)
    done = change_live(plan.aim, name=name, world=world, servers=access.servers, options=options)
    what = f"label {request.label} of {plan.model} at version {request.number}"
    record_moved(name, world=world, edit=plan.edit, what=what, is_return=request.action == "rollback")
    return done.pods, done.is_changed


def _roll(request: PromoteRequest, plan: PromotionPlan, *, world: World, access: ServerAccess) -> bool:
    """Let new pods take the place of the old ones; they start with the final configuration."""
    rendered = render_service(
        plan.spec,
        base=request.base,
        infos=request.infos,
        kubernetes_minor=supported_minor(world.cluster.release()),
        origin=Origin(spec=_text_then(request, plan), environment=request.environment or ""),
    )
    applied = apply_service(
        rendered.deployable, world=world, access=access, options=ApplyOptions(timeout_s=request.timeout_s)
    )
    return bool(applied.changed)


def _text_then(request: PromoteRequest, plan: PromotionPlan) -> str:
    """The spec as it is to be, written or not: the last of several regions alone writes it."""
    if request.file is None:
        return ""
    try:
        return edited(request.file, plan.edit, by_hand="")
    except SpecNotEditableError:
        return ""


def _write(request: PromoteRequest, plan: PromotionPlan) -> tuple[str, ...]:
    if plan.text is None or request.file is None:
        return ()
    return write_change(GitChange(spec=SpecChange(file=request.file, text=plan.text, spec=plan.spec)))


def _digest(request: PromoteRequest, *, model: str) -> str:
    """Of the version's content, "" where its directory is out of reach."""
    from tfk8s.app.rendering import read_models

    infos: dict[str, ModelInfo] = read_models(request.spec, base=request.base, known=request.infos)
    info = infos.get(model)
    version = info.version(request.number) if info is not None else None
    if version is None or not version.path.is_dir():
        return ""
    from tfk8s.model import content_digest

    return content_digest(version)


def plan_lines(request: PromoteRequest, plan: PromotionPlan) -> Iterator[str]:
    """What would be done, a line a step."""
    origin = "nothing" if plan.origin is None else f"version {plan.origin}"
    yield f"label {request.label} of {plan.model}: {origin} -> version {request.number}"
    if plan.way == "rolled":
        yield f"new pods take the place of the old ones, because this changes too: {', '.join(plan.why)}"
    elif plan.origin == request.number:
        yield "every pod is asked, and told where it does not serve that yet"
    else:
        if plan.loads:
            yield f"1. load version {request.number} beside what is served, on one pod first, and wait until AVAILABLE"
        yield f"{2 if plan.loads else 1}. move the label, pod by pod, and ask each through it"
        if request.unload and plan.origin is not None:
            yield f"{3 if plan.loads else 2}. unload version {plan.origin}"
    if plan.text is not None:
        yield f"then {request.file} is written"
    yield from (f"note: {note}" for note in plan.notes)


def plan_json(request: PromoteRequest, plan: PromotionPlan) -> JsonObject:
    """The stable form of a plan."""
    why: list[JsonValue] = [*plan.why]
    return {
        "action": request.action,
        "model": plan.model,
        "label": request.label,
        "from": plan.origin,
        "to": request.number,
        "way": plan.way,
        "why": why,
        "loads": plan.loads,
        "unloads": request.unload,
        "notes": [*plan.notes],
    }


def promoted_json(request: PromoteRequest, done: Promoted) -> JsonObject:
    """The stable form of what was done."""
    more: JsonObject = {"pods": [*done.pods], "changed": done.is_changed, "written": [*done.written]}
    return {**plan_json(request, done.plan), **more}


def promoted_text(request: PromoteRequest, done: Promoted) -> str:
    """The outcome in a sentence."""
    where = f"label {request.label} of {done.plan.model}"
    if not done.is_changed:
        text = f"nothing changed: {where} leads to version {request.number} on {_count(done.pods)}"
    elif done.plan.way == "rolled":
        text = f"{where} leads to version {request.number}; new pods took the place of the old ones"
    else:
        text = f"{where} leads to version {request.number} on {_count(done.pods)}; no pod was replaced"
    return "\n".join([text, *(f"wrote {path}" for path in done.written)])


def _count(pods: tuple[str, ...]) -> str:
    return "1 pod" if len(pods) == 1 else f"all {len(pods)} pods"
