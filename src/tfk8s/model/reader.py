"""From a path to a ModelInfo."""

from __future__ import annotations

from pathlib import Path

from tfk8s.errors import InputError
from tfk8s.model.finding import Severity, worst_first
from tfk8s.model.info import ModelInfo
from tfk8s.model.layout import own_name, survey
from tfk8s.model.shown import shown
from tfk8s.model.version import read_version


def read_model(path: Path) -> ModelInfo:
    """Read the model directory `path`; whatever is wrong becomes a finding, nothing is raised, nothing is written."""
    layout = survey(path)
    findings = list(layout.findings)
    versions = []
    for number, directory in layout.versions.items():
        version, found = read_version(layout.base / directory, number=number)
        versions.append(version)
        findings.extend(found)
    return ModelInfo(
        path=layout.base,
        name=own_name(layout.base),
        versions=tuple(versions),
        findings=worst_first(tuple(findings)),
    )


def require_servable(info: ModelInfo, *, versions: tuple[int, ...] | None = None) -> ModelInfo:
    """Return `info` when a server could load these versions.

    Args:
        info: what was read.
        versions: the versions that will be served; None for the latest, as the server does by default.

    Raises:
        InputError: a version does not exist or cannot be served; the message is the first finding, the hint its remedy.
    """
    numbers = versions if versions is not None else tuple(version.number for version in info.versions[-1:])
    for number in numbers:
        if info.version(number) is None:
            known = ", ".join(str(version.number) for version in info.versions) or "none"
            raise InputError(f"{shown(info.path)} has no version {number}", hint=f"versions in the directory: {known}")
    errors = tuple(
        finding
        for finding in info.findings
        if finding.severity is Severity.ERROR and (finding.version is None or finding.version in numbers)
    )
    if not errors:
        return info
    first, *others = errors
    raise InputError(
        f"the model cannot be served: {first.message} ({first.where})",
        hint=first.remedy,
        details=tuple(f"{finding.where}: {finding.message}" for finding in others),
    )
