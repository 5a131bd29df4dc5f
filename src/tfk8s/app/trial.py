"""Loads one version in a Job of its own, before anything live is touched, and asks it: it works, or here is its log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tfk8s.app.carry_out import World, wait_gone
from tfk8s.app.smoke import Answered, SmokeResult, smoke
from tfk8s.app.trial_pod import TrialPod, has_pods, look, room_lines
from tfk8s.app.trial_timing import Timed
from tfk8s.clock import ticks
from tfk8s.diagnose import Finding
from tfk8s.errors import PreconditionError, RolloutFailedError, Tfk8sError, WaitTimeoutError
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.fields import labels_of, text_at
from tfk8s.ports import (
    ByVersion,
    Endpoint,
    ModelServers,
    Note,
    ObjectChanged,
    ServerRefusedError,
    ServerUnreachableError,
    Waiting,
)
from tfk8s.ports.cluster import ClusterUnreachableError
from tfk8s.render.trial import VERSION_LABEL, Trial

_POLL_S = 1.0
_END_S = 30.0
_LAST_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRequest:
    """What is tried, and for how long at most; the Job ends itself a little later than this run gives up."""

    trial: Trial
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """A version that was loaded and asked.

    Attributes:
        version: its number.
        load_s: seconds from the start of the container until the version was available, to about a second.
        answer: what the smoke request came to.
        first_request_s: how long the first prediction took, None when none was answered.
        second_request_s: the same for the one after it.
        log: the server's last lines.
    """

    version: int
    load_s: float
    answer: SmokeResult
    first_request_s: float | None = None
    second_request_s: float | None = None
    log: tuple[str, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        """As progress says it."""
        text = f"version {self.version} loaded in {self.load_s:.0f} s"
        if self.first_request_s is None:
            return f"{text}; {self.answer}"
        text += f", first prediction {self.first_request_s * 1000:.0f} ms"
        return text + (f", second {self.second_request_s * 1000:.0f} ms" if self.second_request_s is not None else "")


def trial_load(request: TrialRequest, *, world: World, servers: ModelServers) -> TrialResult:
    """Make the Job, wait until its server has the version, ask twice, and delete it, whatever came of it.

    A trial that a killed run left behind is replaced.

    Raises:
        RolloutFailedError: the version cannot be loaded, or does not answer; the details hold the server's log.
        WaitTimeoutError: time is up while it was still loading.
        PreconditionError: no node has room for the trial, told with numbers.
    """
    trial = request.trial
    with _made(trial, world=world):
        pod, load_s = _loaded(request, world=world, servers=servers)
        return _asked(trial, pod, load_s=load_s, world=world, servers=servers)


@contextmanager
def _made(trial: Trial, *, world: World) -> Iterator[None]:
    world.admit((trial.job,))
    _clear(trial, world=world)
    is_interrupted = True
    try:
        for manifest in (trial.config, trial.job):
            world.cluster.apply(manifest)
            world.reporter.emit(ObjectChanged(ref=manifest.ref, action="create"))
        yield
        is_interrupted = False
    except Tfk8sError:
        is_interrupted = False
        raise
    finally:
        _delete(trial, world=world, waits=not is_interrupted)


def _clear(trial: Trial, *, world: World) -> None:
    """Remove what a run left that was killed."""
    stale = world.cluster.get(trial.job.ref)
    if stale is None:
        return
    labels = labels_of(stale)
    if VERSION_LABEL not in labels:
        raise PreconditionError(
            f"{trial.job.ref} is there, and is no trial of ours",
            hint="rename it, or go on without a trial load: --no-trial",
        )
    told = f"a trial of version {labels[VERSION_LABEL]} was left by an earlier run, and is replaced"
    world.reporter.emit(Note(message=told))
    uid = text_at(stale, "metadata", "uid")
    world.cluster.delete(trial.job.ref, uid=uid)
    wait_gone(trial.job.ref, uid=uid, world=world)


def _delete(trial: Trial, *, world: World, waits: bool) -> None:
    """Leave nothing; where that fails the Job ends and goes by itself, so the failure must not hide another one.

    Args:
        trial: its objects.
        world: the cluster.
        waits: for the end of the pod too, whose room the rollout may need; somebody who interrupts does not wait.
    """
    try:
        world.cluster.delete(trial.job.ref)
        world.cluster.delete(trial.config.ref)
        for _ in ticks(world.clock, timeout_s=_END_S if waits else 0.0, interval_s=_POLL_S):
            if not waits or not has_pods(trial, cluster=world.cluster):
                return
    except Tfk8sError as error:
        told = f"{trial.job.ref} could not be deleted ({error.message}); it ends after {trial.deadline_s} s by itself"
        world.reporter.emit(Note(message=told))


def _loaded(request: TrialRequest, *, world: World, servers: ModelServers) -> tuple[TrialPod, float]:
    trial = request.trial
    reasons: tuple[str, ...] = ()
    for _ in ticks(world.clock, timeout_s=request.timeout_s, interval_s=_POLL_S):
        try:
            pod = look(trial, cluster=world.cluster, now=world.clock.utc_now())
        except ClusterUnreachableError as error:
            now_missing: tuple[str, ...] = (error.message,)
        else:
            _raise_if_lost(trial, pod, world=world)
            missing = _missing(trial, pod, world=world, servers=servers) if pod.is_running else pod.reason
            if not missing:
                return pod, pod.running_s(world.clock.utc_now())
            now_missing = (missing,)
        if now_missing != reasons:
            reasons = now_missing
            world.reporter.emit(Waiting(what=f"the trial of version {trial.version}", reasons=reasons))
    pod = look(trial, cluster=world.cluster, now=world.clock.utc_now())
    raise WaitTimeoutError(
        f"version {trial.version} of {trial.model} was not loaded after {request.timeout_s:.0f} s",
        hint="nothing live was touched; give more time with --timeout, or see the lines of the server",
        details=(*reasons, *_log_lines(pod)),
    )


def _missing(trial: Trial, pod: TrialPod, *, world: World, servers: ModelServers) -> str:
    """Why the version cannot be asked yet, "" when it can; the ports open when it is loaded."""
    try:
        with (
            world.cluster.forward(pod.ref, port=trial.rest_port) as port,
            servers.connect(_endpoint(pod.ref, port)) as server,
        ):
            states = server.status(trial.model)
    except (ServerUnreachableError, PreconditionError):
        return "the server is loading it"
    except ServerRefusedError as error:
        return error.answer
    state = next((state for state in states if state.number == trial.version), None)
    if state is None:
        return "the server does not know it yet"
    if state.has_failed:
        raise _failure(trial, pod, what=f"could not be loaded: {state.error_message}")
    return "" if state.is_available else f"it is {state.state.value}"


def _endpoint(pod: ObjectRef, port: int) -> Endpoint:
    return Endpoint(transport="rest", host="127.0.0.1", port=port, how=f"port-forward to pod {pod.name}")


def _raise_if_lost(trial: Trial, pod: TrialPod, *, world: World) -> None:
    final = tuple(finding for finding in pod.findings if finding.is_final)
    if any(finding.code in ("unschedulable", "pod-refused") for finding in final):
        raise PreconditionError(
            f"there is no room for the trial of version {trial.version}: {final[0].cause}",
            hint="nothing live was touched; add a node, wait for room, or go on without a trial load: --no-trial",
            details=(*(line for finding in final for line in finding.lines()), *room_lines(trial, world=world)),
        )
    if pod.has_ended or final:
        raise _failure(trial, pod, what=final[0].cause if final else "its server ended", findings=pod.findings)


def _failure(trial: Trial, pod: TrialPod, *, what: str, findings: tuple[Finding, ...] = ()) -> RolloutFailedError:
    main = findings[0] if findings else None
    return RolloutFailedError(
        f"the trial of version {trial.version} of {trial.model} failed: {what}",
        hint=f"nothing live was touched; {main.fix if main else 'the lines of its server say why'}",
        details=(*(line for finding in findings for line in finding.lines()), *_log_lines(pod)),
    )


def _log_lines(pod: TrialPod) -> tuple[str, ...]:
    last = [line for line in pod.log if line.strip()][-_LAST_LINES:]
    return (f"last lines of Pod/{pod.ref.name}:", *(f"  {line.rstrip()}" for line in last)) if last else ()


def _asked(trial: Trial, pod: TrialPod, *, load_s: float, world: World, servers: ModelServers) -> TrialResult:
    target = ByVersion(number=trial.version)
    try:
        with (
            world.cluster.forward(pod.ref, port=trial.rest_port) as port,
            servers.connect(_endpoint(pod.ref, port)) as server,
        ):
            timed = Timed(server, clock=world.clock)
            answer = smoke(timed, model=trial.model, target=target)
            if isinstance(answer, Answered):
                smoke(timed, model=trial.model, target=target)
    except (ServerRefusedError, ServerUnreachableError) as error:
        pod = look(trial, cluster=world.cluster, now=world.clock.utc_now(), with_log=True)
        raise _failure(trial, pod, what=f"it does not answer: {error.message}") from error
    first, second = (*timed.answered_s, None, None)[:2]
    pod = look(trial, cluster=world.cluster, now=world.clock.utc_now(), with_log=True)
    return TrialResult(
        version=trial.version,
        load_s=load_s,
        answer=answer,
        first_request_s=first,
        second_request_s=second,
        log=pod.log,
    )
