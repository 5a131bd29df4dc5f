"""The rule about a canary that is there: one that should have ended by itself was left. Pure."""

from __future__ import annotations

from datetime import datetime

from tfk8s.rollout.canary_record import CanaryRecord
from tfk8s.rollout.reports import FleetFinding


def canary_findings(record: CanaryRecord | None, *, service: str, now: datetime) -> tuple[FleetFinding, ...]:
    """A canary within its time passes; after it, nobody is seeing it to its end.

    Args:
        record: of the canary; None when there is none.
        service: its name.
        now: by the clock of this computer.
    """
    if record is None:
        return ()
    is_left = now > record.deadline
    until = record.deadline.strftime("%Y-%m-%d %H:%M:%S UTC")
    goes_on = f"tfk8s versions canary {record.version} goes on, tfk8s versions canary --abort removes it"
    return (
        FleetFinding(
            code="canary-left" if is_left else "canary-running",
            place=f"Service/{service}",
            symptom=str(record),
            cause=f"it should have ended by {until}, and no run saw to it" if is_left else f"it ends by {until}",
            remedy=goes_on if is_left else f"wait; if its run has died, {goes_on}",
            model=record.model,
            version=record.version,
            label=record.label,
            is_passing=not is_left,
        ),
    )
