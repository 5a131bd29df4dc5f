"""Watches the first region after a change, and lets the next one begin only when it is seen to be well.

What its servers count since the change is held against what they had counted before it, and against what the servers
of the other regions count meanwhile. What is known stands in the service's record, so that the next run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce

from typing_extensions import assert_never

from tfk8s.app.canary_look import Pods, count, has_metrics, list_pods
from tfk8s.app.carry_out import World
from tfk8s.app.service import ServiceName
from tfk8s.errors import PreconditionError, RolloutFailedError, Tfk8sError, WaitTimeoutError
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import objects_at, text_at, time_at
from tfk8s.manifest.ownership import REGIONS_MANAGER
from tfk8s.manifest.snapshot import name_of
from tfk8s.plan import inventory_ref
from tfk8s.ports import Note, StepDone, StepStarted, Waiting, Warn
from tfk8s.ports.cluster import ApplyOptions, Cluster, ClusterUnreachableError
from tfk8s.ports.metrics import MetricsReader
from tfk8s.rollout.bake import (
    BAKE_KEY,
    SETTLE_S,
    BakePlan,
    BakeRecord,
    Comparison,
    GoOn,
    Passed,
    Unknown,
    Worse,
    begun,
    looked,
    next_step,
    passed,
    read_bake,
    watched,
    write_bake,
)
from tfk8s.rollout.traffic import Traffic, joined


class BakeFailedError(RolloutFailedError):
    """The first region is worse since the change: running the command again would only bake it again."""


_INTERVAL_S = 5.0
_UNREACHABLE_S = 120.0
_WELL = BakeRecord(phase="passed")
_NOTING = ApplyOptions(field_manager=REGIONS_MANAGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bake:
    """The first region of a service, and what it is watched with.

    Attributes:
        plan: how long, and what it is held to.
        name: the service; of the same name in every region.
        models: their names in the URL.
        world: of the first region.
        others: connects to the other regions; asked for once the first has changed.
        metrics: reads what servers counted.
        undo: the command that takes the change back in the first region.
        interval_s: between two looks.
    """

    plan: BakePlan
    name: ServiceName
    models: tuple[str, ...]
    world: World
    metrics: MetricsReader
    others: Callable[[], tuple[Cluster, ...]] = field(default=lambda: ())
    undo: str
    interval_s: float = _INTERVAL_S


def before_change(bake: Bake) -> BakeRecord | None:
    """Note what the servers have counted so far, and that a change is under way; None where nothing runs yet.

    Raises:
        PreconditionError: what was noted cannot be read.
    """
    cluster = bake.world.cluster
    body = cluster.get(inventory_ref(name=bake.name.name, namespace=bake.name.namespace))
    if body is None:
        return None
    known = read_bake(text_at(body, "data", BAKE_KEY))
    if known is not None and known.phase in ("changing", "baking"):
        return known
    pods = list_pods(bake.name, canary=None, cluster=cluster)
    if not pods.beside and known is None:
        return None
    counted, problems = _counted(bake, pods, cluster=cluster)
    if problems:
        bake.world.reporter.emit(Warn(message="not counted before the change: " + "; ".join(problems)))
    _write(begun(known, reduce(joined, counted.values(), Traffic())), bake=bake)
    return known if known is not None else _WELL


def after_change(bake: Bake, *, before: BakeRecord | None, is_changed: bool) -> None:
    """Watch the first region, unless nothing was changed there and it was well before.

    Args:
        bake: the region.
        before: what `before_change` gave.
        is_changed: whether anything was changed.

    Raises:
        BakeFailedError: it is worse than before; the other regions are as they were.
        WaitTimeoutError: too few requests to tell, or the cluster does not answer.
        PreconditionError: its servers do not count.
    """
    if before is None:
        bake.world.reporter.emit(Note(message="nothing ran here before, so there is nothing to compare with: no bake"))
        _write(_WELL, bake=bake)
        return
    record = _read(bake)
    if not is_changed and not before.is_open:
        _write(passed(record), bake=bake)
        return
    if is_changed or record.phase != "baking":
        record = watched(record, now=bake.world.clock.utc_now())
        _write(record, bake=bake)
    _Watch(bake).until_told(record)


class _Watch:
    """One run; what it holds in memory is for people alone."""

    def __init__(self, bake: Bake) -> None:
        self._bake, self._world = bake, bake.world
        self._others = bake.others()
        self._began_s = bake.world.clock.monotonic_s()
        self._told: tuple[str, ...] = ()
        self._silent_since: float | None = None

    def until_told(self, record: BakeRecord) -> None:
        step = f"bake for {self._bake.plan.for_s:.0f} s"
        self._world.reporter.emit(StepStarted(step=step))
        self._require_counting()
        while True:
            after = self._turn(record)
            if after is None:
                break
            record = after
            self._world.clock.sleep(self._bake.interval_s)
        self._world.reporter.emit(StepDone(step=step, outcome="no worse than before", seconds=self._watched_s()))

    def _watched_s(self) -> float:
        """By this run."""
        return self._world.clock.monotonic_s() - self._began_s

    def _require_counting(self) -> None:
        pods = list_pods(self._bake.name, canary=None, cluster=self._world.cluster)
        if pods.beside and not any(has_metrics(pod) for pod in pods.beside):
            raise PreconditionError(
                f"the servers in {self._bake.plan.region} keep no counters, so nobody can tell whether they are well",
                hint="set serving.monitoring: true in the spec, or rollout.bakeSeconds: 0 to go on without",
            )

    def _turn(self, record: BakeRecord) -> BakeRecord | None:
        """Look, decide, note; None once it has passed."""
        try:
            after = self._looked_and_judged(record)
            self._silent_since = None
        except ClusterUnreachableError as error:
            now_s = self._world.clock.monotonic_s()
            self._silent_since = now_s if self._silent_since is None else self._silent_since
            if now_s - self._silent_since >= _UNREACHABLE_S:
                raise WaitTimeoutError(
                    f"the cluster of {self._bake.plan.region} has not answered for {_UNREACHABLE_S:.0f} s",
                    hint="the bake is where it was: run the command again to go on",
                    details=(error.message,),
                ) from error
            return record
        return after

    def _looked_and_judged(self, record: BakeRecord) -> BakeRecord | None:
        bake, plan = self._bake, self._bake.plan
        pods = list_pods(bake.name, canary=None, cluster=self._world.cluster)
        now = self._world.clock.utc_now()
        seen, problems = _counted(bake, pods, cluster=self._world.cluster)
        beside, listed = self._look_elsewhere()
        record = looked(record, region=seen, others=beside, listed=pods.listed | listed, now=now)
        failures = tuple(line for pod in pods.beside for line in _ended(pod, since=record.started))
        step = next_step(record, plan=plan, now=now, failures=failures)
        if isinstance(step, Unknown) and self._watched_s() < plan.for_s:
            step = GoOn(record=step.record, held=step.reasons)  # an earlier run gave up: this one waits as long again
        _write(step.record, bake=bake)
        match step:
            case GoOn():
                self._tell(step, problems=problems)
                return step.record
            case Passed():
                self._tell_looks(step.judged)
                return None
            case Worse():
                raise BakeFailedError(
                    f"the change is not well in {plan.region}, and goes no further: " + "; ".join(step.reasons),
                    hint=f"the other regions are as they were; {bake.undo} takes it back",
                    details=tuple(map(str, step.judged)),
                )
            case Unknown():
                raise WaitTimeoutError(
                    f"too few requests reached {plan.region} to tell whether the change is well: "
                    + "; ".join(step.reasons),
                    hint="run the command again to watch on; rollout.minRequests says how few are enough",
                )
            case _:
                assert_never(step)

    def _look_elsewhere(self) -> tuple[dict[str, Traffic], frozenset[str]]:
        """What the other regions count; one that does not answer is left aside, and told."""
        found: dict[str, Traffic] = {}
        listed: frozenset[str] = frozenset()
        for cluster in self._others:
            try:
                pods = list_pods(self._bake.name, canary=None, cluster=cluster)
                counted, _ = _counted(self._bake, pods, cluster=cluster)
            except Tfk8sError as error:
                self._warn_once(f"{cluster.identity} is not counted: {error.message}")
                continue
            found |= counted
            listed |= pods.listed
        return found, listed

    def _tell_looks(self, looks: tuple[Comparison, ...]) -> None:
        for look in looks:
            self._world.reporter.emit(Note(message=str(look)))

    def _warn_once(self, text: str) -> None:
        if text not in self._told:
            self._told = (*self._told, text)
            self._world.reporter.emit(Warn(message=text))

    def _tell(self, step: GoOn, *, problems: Iterable[str]) -> None:
        for problem in problems:
            self._warn_once(f"not counted this time: {problem}")
        self._tell_looks(step.judged)
        started = step.record.started
        elapsed_s = (self._world.clock.utc_now() - started).total_seconds() - SETTLE_S if started is not None else 0.0
        seen = f"{step.record.region.total.total} predictions beside {step.record.beside.total}"
        held = ("held, and stopped after as long again: not enough traffic", *step.held) if step.held else ()
        reasons = (f"{max(elapsed_s, 0.0):.0f} of {self._bake.plan.for_s:.0f} s", seen, *held)
        self._world.reporter.emit(Waiting(what=f"the bake in {self._bake.plan.region}", reasons=reasons))


def _ended(pod: JsonObject, *, since: datetime | None) -> Iterator[str]:
    """Containers that ended while the change was watched."""
    for status in objects_at(pod, "status", "containerStatuses"):
        ended = time_at(status, "lastState", "terminated", "finishedAt")
        if ended is not None and since is not None and ended > since:
            yield f"Pod/{name_of(pod)}: its container {text_at(status, 'name')} ended and was started again"


def _counted(bake: Bake, pods: Pods, *, cluster: Cluster) -> tuple[dict[str, Traffic], tuple[str, ...]]:
    """Predictions of all models together, by the uid of the pod."""
    found: dict[str, Traffic] = {}
    told: list[str] = []
    counting = Pods(canary=(), beside=tuple(pod for pod in pods.beside if has_metrics(pod)))
    for model in bake.models:
        counted, problems = count(counting, model=model, cluster=cluster, metrics=bake.metrics)
        told += problems
        for uid, traffic in counted.beside.items():
            found[uid] = joined(found.get(uid, Traffic()), traffic)
    return found, tuple(dict.fromkeys(told))


def _read(bake: Bake) -> BakeRecord:
    ref = inventory_ref(name=bake.name.name, namespace=bake.name.namespace)
    known = read_bake(text_at(bake.world.cluster.get(ref), "data", BAKE_KEY))
    return known if known is not None else BakeRecord(phase="changing")


def _write(record: BakeRecord, *, bake: Bake) -> None:
    ref = inventory_ref(name=bake.name.name, namespace=bake.name.namespace)
    body: JsonObject = {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace},
        "data": {BAKE_KEY: write_bake(record)},
    }
    bake.world.cluster.apply(Manifest.of(body), options=_NOTING)
