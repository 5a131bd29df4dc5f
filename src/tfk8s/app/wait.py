"""Waits until a service is what was applied and answers a prediction; fails as soon as it is certain that it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.app.carry_out import World
from tfk8s.app.causes import causes_around, details_of
from tfk8s.app.service import Deployable
from tfk8s.app.smoke import SmokeResult, smoke
from tfk8s.app.snapshot import take_snapshot
from tfk8s.clock import ticks
from tfk8s.diagnose import Finding, conditions_of, diagnose, warnings_of
from tfk8s.errors import PreconditionError, PredictionError, RolloutFailedError, WaitTimeoutError
from tfk8s.manifest.snapshot import Snapshot
from tfk8s.plan.capacity import check_nodes
from tfk8s.ports import ModelServers, ServiceReach, Waiting
from tfk8s.ports.cluster import ClusterUnreachableError
from tfk8s.rollout import RolloutState, assess

_POLL_S = 1.0
_ANSWER_S = 60.0
"""How long a service whose pods are all ready may take to answer."""

_EVIDENCE_LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAccess:
    """How the model server behind a Service is asked.

    Attributes:
        reach: the way that proves the pods: the Service's own address, or from inside.
        servers: makes clients.
        front: the way of clients outside, through an Ingress or a Gateway; None for the same as `reach`.
    """

    reach: ServiceReach
    servers: ModelServers
    front: ServiceReach | None = None

    @property
    def outside(self) -> ServiceReach:
        """The way that clients go."""
        return self.front or self.reach


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledOut:
    """A rollout that is complete.

    Attributes:
        left_s: of the time that was given.
        is_asleep: there is no pod, because nobody asks: its autoscaler brings one back when somebody does.
    """

    left_s: float
    is_asleep: bool


def wait_for_rollout(deployable: Deployable, *, world: World, timeout_s: float) -> RolledOut:
    """Poll until kubectl's rule holds and the Service leads to new pods alone, or the service sleeps.

    Raises:
        RolloutFailedError: the progress deadline is over, or a cause was found that waiting cannot cure.
        WaitTimeoutError: time is up and nothing has failed.
    """
    reasons: tuple[str, ...] = ()
    for left_s in ticks(world.clock, timeout_s=timeout_s, interval_s=_POLL_S):
        try:
            snapshot = take_snapshot(deployable.name, cluster=world.cluster)
        except ClusterUnreachableError as error:
            now_missing: tuple[str, ...] = (error.message,)
        else:
            status = assess(snapshot)
            if status.state is RolloutState.COMPLETE:
                return RolledOut(left_s=max(left_s, 0.0), is_asleep=snapshot.is_asleep)
            findings = diagnose(snapshot, now=world.clock.utc_now())
            final = tuple(finding for finding in findings if finding.is_final)
            if final or status.state is RolloutState.FAILED:
                raise rollout_failure(deployable, snapshot, findings=final or findings, reasons=status.reasons)
            now_missing = (*status.reasons, *(f"{item.place}: {item.cause}" for item in findings))
        if now_missing != reasons:
            reasons = now_missing
            world.reporter.emit(Waiting(what=str(deployable.deployment), reasons=reasons))
    raise WaitTimeoutError(
        f"{deployable.deployment} is not complete after {timeout_s:.0f} s",
        hint="nothing has failed: run the command again to go on waiting, or give more time with --timeout",
        details=(*reasons, *details_of(_unsaid(causes_around(deployable.name, world=world), reasons))),
    )


def _unsaid(findings: tuple[Finding, ...], reasons: tuple[str, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if f"{finding.place}: {finding.cause}" not in reasons)


def rollout_failure(
    deployable: Deployable, snapshot: Snapshot, *, findings: tuple[Finding, ...], reasons: tuple[str, ...]
) -> RolloutFailedError:
    """The failure with its evidence: causes, conditions, events, and the last lines of a pod that is not ready."""
    details = [line for finding in findings for line in finding.lines()]
    if snapshot.deployment is not None:
        details += conditions_of(snapshot.deployment)
    details += warnings_of(snapshot)
    details += [warning.message for warning in check_nodes(deployable.manifests, snapshot.nodes)]
    for pod, lines in list(snapshot.logs.items())[:1]:
        last = [line for line in lines if line.strip()][-_EVIDENCE_LINES:]
        details += [f"last lines of Pod/{pod}:", *(f"  {line}" for line in last)] if last else []
    details += [f"warned before: {message}" for message in deployable.warned]
    main = findings[0] if findings else None
    cause = f"{main.place}: {main.cause}" if main else "; ".join(reasons)
    return RolloutFailedError(
        f"{deployable.deployment} did not become ready: {cause}",
        hint=main.fix if main else "the lines above are all that the cluster says",
        details=tuple(details),
    )


def wait_for_answers(
    deployable: Deployable, *, access: ServerAccess, world: World, timeout_s: float
) -> tuple[SmokeResult, ...]:
    """Ask every model for a prediction through the Service, again and again until each has answered.

    Raises:
        RolloutFailedError: the pods are ready and no prediction is answered.
    """
    last: PredictionError | PreconditionError | None = None
    for _ in ticks(world.clock, timeout_s=min(timeout_s, _ANSWER_S), interval_s=_POLL_S):
        answer = _try_to_ask(deployable, access=access)
        if isinstance(answer, tuple):
            return answer
        if last is None or answer.message != last.message:
            world.reporter.emit(Waiting(what="the first prediction", reasons=(answer.message,)))
        last = answer
    assert last is not None  # noqa: S101 - ticks yields at least once
    causes = causes_around(deployable.name, world=world)
    raise RolloutFailedError(
        f"the pods of {deployable.deployment} are ready, but no prediction is answered: {last.message}",
        hint=causes[0].fix if causes else last.hint,
        details=(*details_of(causes), *last.details),
    ) from last


def _try_to_ask(
    deployable: Deployable, *, access: ServerAccess
) -> tuple[SmokeResult, ...] | PredictionError | PreconditionError:
    try:
        with (
            access.reach.open(deployable.service, transport=deployable.transport()) as endpoint,
            access.servers.connect(endpoint) as server,
        ):
            return tuple(smoke(server, model=model) for model in deployable.models)
    except (PredictionError, PreconditionError) as error:
        return error
