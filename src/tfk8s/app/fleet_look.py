"""One look at a fleet with what is wrong in it; a look that may have met a moment is taken twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfk8s.app.canary_live import live_canary
from tfk8s.app.journal import read_journal
from tfk8s.app.planning import if_allowed
from tfk8s.app.service import ServiceName
from tfk8s.clock import Clock
from tfk8s.errors import PreconditionError, RolloutFailedError
from tfk8s.ports.cluster import Cluster, ClusterUnreachableError
from tfk8s.rollout.canary_rules import canary_findings
from tfk8s.rollout.fleet import Fleet, FleetFinding, fleet_findings
from tfk8s.rollout.journal import Journal
from tfk8s.rollout.journal_rules import during_change, journal_findings, unreadable_journal

_MOMENTARY = frozenset({"version-unloading", "two-versions"})
"""What a server shows for a moment whenever a version takes the place of another, and for ever when it is stuck."""

AGAIN_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the pods say, and what is wrong with it."""

    fleet: Fleet
    findings: tuple[FleetFinding, ...]

    @property
    def failures(self) -> tuple[FleetFinding, ...]:
        """What does not end by itself."""
        return tuple(finding for finding in self.findings if not finding.is_passing)


def _nothing() -> tuple[FleetFinding, ...]:
    return ()


def look_at(
    read: Callable[[], Fleet],
    *,
    clock: Clock,
    before: Fleet | None = None,
    beside: Callable[[], tuple[FleetFinding, ...]] = _nothing,
) -> Look:
    """Read a fleet; once more, a few seconds later, when it shows what should last a moment only.

    Args:
        read: asks the pods.
        clock: for the seconds between.
        before: the look before this one, which makes a second needless.
        beside: finds what is not seen on pods.
    """
    fleet = read()
    found = fleet_findings(fleet, before=before)
    if before is None and any(finding.code in _MOMENTARY for finding in found):
        clock.sleep(AGAIN_S)
        before, fleet = fleet, read()
        found = fleet_findings(fleet, before=before)
    noted = beside()
    return Look(fleet=fleet, findings=(*during_change(found, noted), *noted))


def change_findings(name: ServiceName, *, cluster: Cluster, clock: Clock) -> tuple[FleetFinding, ...]:
    """What was begun and has not ended: a change of versions, a canary; () too where the login may not read of it.

    Raises:
        ClusterUnreachableError: nobody answers.
    """
    return (
        *_journal_findings(name, cluster=cluster, clock=clock),
        *_canary_findings(name, cluster=cluster, clock=clock),
    )


def _canary_findings(name: ServiceName, *, cluster: Cluster, clock: Clock) -> tuple[FleetFinding, ...]:
    """One whose record cannot be read is told by whoever goes on with it."""
    try:
        live = if_allowed(lambda: live_canary(name, cluster=cluster), otherwise=None)
    except ClusterUnreachableError:
        raise
    except PreconditionError:
        return ()
    return canary_findings(live.record if live is not None else None, service=name.name, now=clock.utc_now())


def _journal_findings(name: ServiceName, *, cluster: Cluster, clock: Clock) -> tuple[FleetFinding, ...]:
    none: Journal = ()
    try:
        journal = if_allowed(lambda: read_journal(name, cluster=cluster), otherwise=none)
    except ClusterUnreachableError:
        raise
    except PreconditionError as error:
        return (unreadable_journal(name.name, message=error.message, hint=error.hint or ""),)
    return journal_findings(journal, service=name.name, now=clock.utc_now())


def require_alike(look: Look) -> None:
    """Refuse a fleet in which something is wrong that does not end by itself.

    Raises:
        RolloutFailedError: with what is wrong, and what ends the first of it.
    """
    if look.failures:
        raise RolloutFailedError(
            "the pods do not all serve what they should",
            hint=look.failures[0].remedy,
            details=tuple(f"{finding.place}: {finding.symptom}" for finding in look.failures),
        )
