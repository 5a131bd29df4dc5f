"""The use-case of `tfk8s versions canary`: a version on a part of the requests, judged, and then for all or for nobody.

Everything that is decided is decided by `tfk8s.rollout.canary`; here its steps are carried out. Each look reads the
whole state anew, so the command may be killed at any moment and run again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from typing_extensions import assert_never

from tfk8s.app.canary_live import (
    canary_ref,
    drain_canary,
    live_canary,
    make_canary,
    remove_canary,
    shared_routes,
    write_down,
)
from tfk8s.app.canary_look import Pods, count, facts_of, list_pods
from tfk8s.app.carry_out import World
from tfk8s.app.rbac_check import require_canary
from tfk8s.app.service import ServiceName
from tfk8s.errors import ClusterRejectedError, PreconditionError, RolloutFailedError, WaitTimeoutError
from tfk8s.manifest import JsonObject, Manifests
from tfk8s.ports import Note, ObjectChanged, StepDone, StepStarted, Waiting, Warn
from tfk8s.ports.cluster import ClusterUnreachableError
from tfk8s.ports.metrics import MetricsReader
from tfk8s.rollout.canary import (
    PROMOTED,
    Abort,
    Begin,
    CanaryFacts,
    Observe,
    Promote,
    Remove,
    Step,
    Wait,
    counted,
    next_step,
)
from tfk8s.rollout.canary_record import CanaryRecord
from tfk8s.rollout.comparison import Judgement
from tfk8s.rollout.traffic import Side

_UNREACHABLE_S = 120.0
_REMOVAL_S = 600.0
"""A pod may drain, and then be killed at the end of its grace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryRequest:
    """What is tried, and how.

    Attributes:
        name: the service.
        record: what is written down at the beginning; its `started` is set then.
        objects: of the canary.
        routes: of the service as they are rendered; () where a Service spreads requests over all pods.
        interval_s: between two looks.
    """

    name: ServiceName
    record: CanaryRecord
    objects: Manifests
    routes: Manifests = ()
    interval_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryWorld:
    """What a canary needs beside the cluster.

    Attributes:
        metrics: reads what servers counted.
        promote: gives the version to everybody; may be called again after a death in the middle. Returns how.
        journal: takes each turn for the history: what happened, and why. What it raises before a canary is begun keeps
            it from being begun.
    """

    world: World
    metrics: MetricsReader
    promote: Callable[[CanaryRecord], str]
    journal: Callable[[CanaryRecord, str], None] = lambda _record, _note: None


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryOutcome:
    """How it ended.

    Attributes:
        record: as it was last.
        promoted: whether the version is everybody's now.
        reasons: why not.
        judged: the last look.
    """

    record: CanaryRecord
    promoted: bool
    reasons: tuple[str, ...] = ()
    judged: Judgement | None = None


def run_canary(request: CanaryRequest, world: CanaryWorld) -> CanaryOutcome:
    """Begin a canary or go on with one, until its version is promoted or it is gone.

    Raises:
        ForbiddenError: the login lacks rights; nothing was changed.
        PreconditionError: another canary is under way, or a name is taken; nothing was changed.
        RolloutFailedError: the promotion failed; the canary is removed, and the text says what became of the service.
        WaitTimeoutError: pods that do not end, or a cluster that does not answer; run it again.
    """
    require_canary(request.name, request.objects, request.routes, cluster=world.world.cluster)
    run = _Run(request=request, world=world)
    live = live_canary(request.name, cluster=world.world.cluster)
    if live is None:
        remove_canary(request.name, world=world.world, timeout_s=_REMOVAL_S)  # what a run left that was killed
    elif live.record is not None:
        require_same(live.record, request.record)
        world.world.reporter.emit(Note(message=f"going on with {live.record}"))
    while True:
        outcome = run.turn()
        if outcome is not None:
            return outcome


def require_same(live: CanaryRecord, wanted: CanaryRecord) -> None:
    """Refuse to go on with a canary of something else.

    Raises:
        PreconditionError: so it is.
    """
    if (live.model, live.version, live.label) != (wanted.model, wanted.version, wanted.label):
        raise PreconditionError(
            f"{live}, and the service can have one canary at a time",
            hint=f"see it to its end with tfk8s versions canary {live.version}, or remove it with --abort",
        )


class _Run:
    """One run of the command; what it holds in memory is for people alone."""

    def __init__(self, *, request: CanaryRequest, world: CanaryWorld) -> None:
        self._request, self._canary = request, world
        self._world, self._name = world.world, request.name
        self._led = False  # whether this run has set the routes
        self._waited: tuple[str, ...] = ()
        self._share = ""
        self._judged: Judgement | None = None
        self._silent_since: float | None = None

    def turn(self) -> CanaryOutcome | None:
        """Look, decide, act; the outcome once it has ended."""
        try:
            outcome = self._act(next_step(self._look()))
            self._silent_since = None
        except ClusterUnreachableError as error:
            now = self._world.clock.monotonic_s()
            self._silent_since = self._silent_since if self._silent_since is not None else now
            if now - self._silent_since >= _UNREACHABLE_S:
                raise WaitTimeoutError(
                    f"the cluster has not answered for {_UNREACHABLE_S:.0f} s: {error.message}",
                    hint="the canary is where it was: run the command again to go on, or with --abort to end it",
                ) from error
            self._wait((error.message,))
            outcome = None
        if outcome is None:
            self._world.clock.sleep(self._request.interval_s)
        return outcome

    def _look(self) -> CanaryFacts:
        cluster = self._world.cluster
        live = live_canary(self._name, cluster=cluster)
        pods = list_pods(self._name, canary=live, cluster=cluster)
        if live is not None and live.is_leaving and (live.record is None or live.record.phase != "removing"):
            raise RolloutFailedError(
                f"{canary_ref(self._name)} is being deleted by somebody else",
                hint="the other pods were left as they are; tfk8s versions canary --abort removes what is left",
            )
        facts = facts_of(self._name, live, pods=pods, world=self._world)
        record = facts.record
        if record is None or record.phase != "observing":
            return facts
        self._lead(record)
        seen, problems = count(pods, model=record.model, cluster=cluster, metrics=self._canary.metrics)
        self._tell_share(record, pods, problems=problems)
        return replace(facts, record=counted(record, seen, now=facts.now))

    def _lead(self, record: CanaryRecord) -> None:
        """Routes lead to the canary once its pods are ready; set once a run, which repairs what a death left out."""
        if self._request.routes and not self._led:
            self._set_routes(record)
            self._led = True

    def _set_routes(self, record: CanaryRecord | None) -> None:
        for route in shared_routes(self._request.routes, record, name=self._name):
            self._world.cluster.apply(route)
            self._world.reporter.emit(ObjectChanged(ref=route.ref, action="update"))

    def _tell_share(self, record: CanaryRecord, pods: Pods, *, problems: tuple[str, ...]) -> None:
        share = f"{record.weight} % by weight" if self._request.routes else str(pods.share)
        if share != self._share:
            self._share = share
            self._world.reporter.emit(Note(message=f"the canary gets {share} of the requests"))
        if problems:
            self._world.reporter.emit(Warn(message="not counted this time: " + "; ".join(problems)))

    def _act(self, step: Step) -> CanaryOutcome | None:
        match step:
            case Begin():
                self._begin()
            case Wait():
                self._wait(step.reasons)
            case Observe():
                self._observe(step)
            case Promote():
                return self._promote(step)
            case Abort():
                self._judge(step.judged)
                self._write(step.record)
                self._world.reporter.emit(Warn(message="aborting: " + "; ".join(step.reasons)))
                return self._remove(step.record)
            case Remove():
                return self._remove(step.record)
            case _:
                assert_never(step)
        return None

    def _begin(self) -> None:
        record = replace(self._request.record, started=self._world.clock.utc_now())
        self._world.reporter.emit(StepStarted(step=f"canary of version {record.version}"))
        self._canary.journal(record, f"begun: {record.weight} % for {record.for_s:.0f} s")
        make_canary(self._request.objects, record, name=self._name, world=self._world)

    def _observe(self, step: Observe) -> None:
        self._judge(step.judged)
        self._write(step.record)
        record = step.record
        begun = record.observing or record.started
        elapsed_s = (self._world.clock.utc_now() - begun).total_seconds() - record.settle_s
        seen = (
            f"{max(elapsed_s, 0.0):.0f} of {record.for_s:.0f} s",
            f"{record.canary.total.total} predictions beside {record.beside.total.total}",
        )
        held = ("held, and aborted after as long again: not enough traffic", *step.held) if step.held else ()
        self._wait((*seen, *held), what="the time and the traffic of the canary")

    def _judge(self, judged: Judgement | None) -> None:
        if judged is not None:
            self._judged = judged
            self._world.reporter.emit(Note(message=str(judged)))

    def _wait(self, reasons: tuple[str, ...], *, what: str = "the pods of the canary") -> None:
        if reasons != self._waited:
            self._waited = reasons
            self._world.reporter.emit(Waiting(what=what, reasons=reasons))

    def _write(self, record: CanaryRecord) -> None:
        write_down(record, name=self._name, cluster=self._world.cluster)

    def _promote(self, step: Promote) -> CanaryOutcome | None:
        self._judge(step.judged)
        self._write(step.record)
        record, began_s = step.record, self._world.clock.monotonic_s()
        self._world.reporter.emit(StepStarted(step=f"promotion of version {record.version}"))
        try:
            how = self._canary.promote(record)
        except (RolloutFailedError, ClusterRejectedError) as error:
            ended = record.moved("removing", outcome=f"aborted: the promotion failed: {error.message}")
            self._write(ended)
            self._remove(ended)
            raise
        seconds = self._world.clock.monotonic_s() - began_s
        self._world.reporter.emit(StepDone(step=f"promotion of version {record.version}", outcome=how, seconds=seconds))
        ended = record.moved("removing", outcome=PROMOTED)
        self._write(ended)
        return self._remove(ended)

    def _remove(self, record: CanaryRecord) -> CanaryOutcome:
        if self._request.routes:
            self._set_routes(None)
        is_promoted = record.outcome == PROMOTED
        self._canary.journal(record, record.outcome)
        drain_canary(record, name=self._name, world=self._world, timeout_s=_REMOVAL_S)
        remove_canary(self._name, world=self._world, timeout_s=_REMOVAL_S)
        return CanaryOutcome(
            record=record,
            promoted=is_promoted,
            reasons=() if is_promoted else (record.outcome,),
            judged=self._judged,
        )


def abort_canary(name: ServiceName, *, routes: Manifests, world: World) -> CanaryRecord | None:
    """Remove the canary, whatever it is of and however far; the other pods are left alone.

    Args:
        name: the service.
        routes: as they are without a canary; () where it has none.
        world: what changing the cluster needs.

    Returns:
        What was written down of it; None when that could not be read, or there was nothing.

    Raises:
        PreconditionError: its version is being promoted: the other pods are half-way, and must come to an end.
        WaitTimeoutError: something is still there; running it again goes on.
    """
    try:
        live = live_canary(name, cluster=world.cluster)
    except ClusterUnreachableError:
        raise
    except PreconditionError as error:  # a record that cannot be read is one more reason to remove it
        world.reporter.emit(Warn(message=error.message))
        live = None
    record = live.record if live is not None else None
    if record is not None and record.phase == "promoting":
        raise PreconditionError(
            f"version {record.version} is being promoted: its canary has passed",
            hint=f"see it to its end with tfk8s versions canary {record.version}; versions rollback goes back then",
        )
    if record is not None and record.phase != "removing":
        record = record.moved("removing", outcome="aborted: it was asked for")
        write_down(record, name=name, cluster=world.cluster)
    for route in routes:
        world.cluster.apply(route)
        world.reporter.emit(ObjectChanged(ref=route.ref, action="update"))
    if record is not None:
        drain_canary(record, name=name, world=world, timeout_s=_REMOVAL_S)
    remove_canary(name, world=world, timeout_s=_REMOVAL_S)
    return record


def side_json(side: Side) -> JsonObject:
    """What one side counted, for `-o json`."""
    errors: JsonObject = {**side.total.errors}
    return {"predictions": side.total.total, "failed": side.total.failed, "errors": errors}
