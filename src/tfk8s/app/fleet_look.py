"""One look at a fleet with what is wrong in it; a look that may have met a moment is taken twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfk8s.clock import Clock
from tfk8s.errors import RolloutFailedError
from tfk8s.rollout.fleet import Fleet, FleetFinding, fleet_findings

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


def look_at(read: Callable[[], Fleet], *, clock: Clock, before: Fleet | None = None) -> Look:
    """Read a fleet; once more, a few seconds later, when it shows what should last a moment only.

    Args:
        read: asks the pods.
        clock: for the seconds between.
        before: the look before this one, which makes a second needless.
    """
    fleet = read()
    found = fleet_findings(fleet, before=before)
    if before is None and any(finding.code in _MOMENTARY for finding in found):
        clock.sleep(AGAIN_S)
        before, fleet = fleet, read()
        found = fleet_findings(fleet, before=before)
    return Look(fleet=fleet, findings=found)


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
