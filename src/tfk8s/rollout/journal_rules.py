"""The rule about the journal of versions: what was begun and has not ended. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tfk8s.rollout.journal import LEASE_S, Journal, Runner, is_held, unfinished
from tfk8s.rollout.reports import FleetFinding

_TOLD_EVER = frozenset({"load-failed", "pod-silent"})
_NOBODY = Runner(run="-", host="", pid=0)


def journal_findings(journal: Journal, *, service: str, now: datetime) -> tuple[FleetFinding, ...]:
    """A change that a run works at passes; one whose run has died waits for somebody to go on.

    Args:
        journal: the lines of the service.
        service: its name.
        now: by the clock of this computer; a run that works is seen every few seconds.
    """
    entry = unfinished(journal)
    if entry is None:
        return ()
    held = is_held(entry, _NOBODY, now=now, is_running=True)
    where = f"process {entry.runner.pid} on {entry.runner.host}"
    verb = entry.change.action.partition("-")[0]
    return (
        FleetFinding(
            code="change-running" if held else "change-unfinished",
            place=f"Service/{service}",
            symptom=f"{entry}, has not ended",
            cause=f"{where} works at it" if held else f"{where} was last seen at {entry.seen or entry.time}, and died",
            remedy=f"wait; a run that is not seen for {LEASE_S:.0f} s is dead"
            if held
            else f"run the same `tfk8s versions {verb}` again: it goes on where that stopped",
            model=entry.change.model,
            version=entry.change.target,
            label=entry.change.label,
            is_passing=held,
        ),
    )


def during_change(findings: tuple[FleetFinding, ...], beside: tuple[FleetFinding, ...]) -> tuple[FleetFinding, ...]:
    """What is seen of a model while a run changes its versions: pods differ then, and that passes with the run.

    A load that failed is told as ever, and so is a pod that does not answer.

    Args:
        findings: what is seen on pods.
        beside: what the journal says.
    """
    running = {finding.model for finding in beside if finding.code == "change-running"}
    return tuple(
        replace(finding, is_passing=True, remedy="wait until the change that is under way has ended")
        if finding.model in running and finding.code not in _TOLD_EVER
        else finding
        for finding in findings
    )


def unreadable_journal(service: str, *, message: str, hint: str) -> FleetFinding:
    """The finding for a journal that somebody edited so that nobody can read it."""
    return FleetFinding(
        code="history-unreadable",
        place=f"Service/{service}",
        symptom="it is not known whether a change was begun and has not ended",
        cause=message,
        remedy=hint,
    )
