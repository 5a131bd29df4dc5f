"""Causes for a command that failed, looked for in everything around a service, as doctor does."""

from __future__ import annotations

from tfk8s.app.carry_out import World
from tfk8s.app.evidence import take_evidence
from tfk8s.app.service import ServiceName
from tfk8s.diagnose import Finding, Severity, examine
from tfk8s.ports.cluster import ClusterUnreachableError, ForbiddenError


def causes_around(name: ServiceName, *, world: World) -> tuple[Finding, ...]:
    """What is wrong around a service, worst first; () where nothing can be read any more: the failure itself counts."""
    try:
        evidence = take_evidence(name, cluster=world.cluster, clock=world.clock)
    except (ClusterUnreachableError, ForbiddenError):
        return ()
    found = examine(evidence, now=world.clock.utc_now())
    return tuple(finding for finding in found if finding.severity is Severity.ERROR)


def details_of(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """As details of an error: each cause, its evidence, its fix and its command."""
    return tuple(
        line
        for finding in findings
        for line in (*finding.lines(), *((f"$ {finding.command}",) if finding.command else ()))
    )
