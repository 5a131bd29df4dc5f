"""What doctor finds without the cluster: the spec, its models, and the objects that apply recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tfk8s.app.check_spec import SpecRequest, check_spec
from tfk8s.app.planning import read_inventory
from tfk8s.app.rendering import supported_minor
from tfk8s.app.service import ServiceName
from tfk8s.check import Level
from tfk8s.check.reported import Reported, with_ignored
from tfk8s.diagnose import Finding, Severity
from tfk8s.diagnose.catalogue import found
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.registry_answer import ImageState
from tfk8s.manifest.snapshot import is_ready
from tfk8s.ports.cluster import Cluster
from tfk8s.spec import ServiceSpec
from tfk8s.spec.check_codes import known_codes

_TOLD_LIVE: Final[Mapping[str, frozenset[str]]] = {
    "budget": frozenset({"budget-blocks"}),
    "command": frozenset({"rest-missing"}),
    "config-field": frozenset({"config-unread"}),
    "config-labels": frozenset({"label"}),
    "config-text": frozenset({"config-unread"}),
    "drain": frozenset({"no-drain"}),
    "file-poll": frozenset({"poll-cost"}),
    "flag-release": frozenset({"bad-flag", "flag-ignored"}),
    "flag-unknown": frozenset({"bad-flag", "flag-ignored"}),
    "flag-value": frozenset({"bad-flag"}),
    "front-health": frozenset({"backend-unhealthy"}),
    "image-not-built": frozenset({"image-absent"}),
    "gpu-toleration": frozenset({"unschedulable"}),
    "memory-low": frozenset({"out-of-memory", "out-of-memory-before"}),
    "path-scheme": frozenset({"file-system"}),
    "policy-shuts-out": frozenset({"policy-closed"}),
    "probe": frozenset({"probe-path"}),
    "registry-closed": frozenset({"image-vanished", "registry-gone"}),
    "server-older": frozenset({"missing-operation"}),
}
"""Codes of doctor for what the cluster shows of a finding of the spec; one of the same name needs no mention."""

_NOT_BUILT: Final = "image-not-built"
_SEVERITIES: Final = {Level.ERROR: Severity.ERROR, Level.WARNING: Severity.INFO}
"""Errors keep the spec from being applied. Warnings are about what may come, and doctor is about what is."""


def check_offline(spec: ServiceSpec, *, source: Path, environment: str, release: str) -> tuple[Finding, ...]:
    """Errors and warnings of `tfk8s check` that nobody has switched off, for the release that the cluster runs."""
    request = SpecRequest(
        source=str(source),
        spec=spec,
        base=source.parent,
        environment=environment,
        infos={},
        minor=supported_minor(release),
    )
    reported = with_ignored(check_spec(request).found, spec.checks.reasons, known=known_codes())
    return tuple(_of(each) for each in reported if each.level in _SEVERITIES and each.ignored is None)


def not_told_live(offline: Sequence[Finding], *, live: Sequence[Finding], evidence: Evidence) -> Iterator[Finding]:
    """What the spec alone tells: where the cluster shows the same cause, its evidence is the better one."""
    codes = {each.code for each in live}
    is_there = evidence.wanted is not None and any(each.state is ImageState.PRESENT for each in evidence.images)
    has_image = is_there or any(is_ready(pod) for pod in evidence.snapshot.pods)
    for finding in offline:
        told = {finding.code} | _TOLD_LIVE.get(finding.code, frozenset())
        if codes.isdisjoint(told) and not (has_image and finding.code == _NOT_BUILT):
            yield finding


def _of(reported: Reported) -> Finding:
    return Finding(
        code=reported.code,
        place=reported.place,
        cause=reported.what,
        fix=reported.remedy,
        severity=_SEVERITIES[reported.level],
        command="tfk8s check",
    )


def missing_objects(name: ServiceName, *, cluster: Cluster) -> Iterator[Finding]:
    """Objects that the last apply made and that are gone.

    Raises:
        ForbiddenError: the login may not read the record.
    """
    for ref in sorted(read_inventory(name, cluster=cluster).objects):
        if cluster.get(ref) is None and ref.kind not in ("Deployment", "Service"):
            yield found(
                "object-missing",
                place=f"{ref.kind}/{ref.name}",
                cause="`tfk8s apply` made it, and it is gone",
                evidence=(f"not found: {ref.api_version} {ref}",),
                command="tfk8s apply",
            )
