"""A finding: what is wrong with a model directory, where, and what to do about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.Enum):
    """How much a finding matters; declared worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing noticed about a model.

    Attributes:
        code: the stable name of the kind of finding, such as `variables-missing`; see docs/savedmodel.md.
        severity: an error keeps the model (or its version) from being served.
        where: the path it is about, as the user gave it and on from there.
        message: what is wrong; lower case, no full stop.
        remedy: the next thing to do.
        version: the version it belongs to, or None when it is about the directory as a whole.
    """

    code: str
    severity: Severity
    where: str
    message: str
    remedy: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of finding, as docs/savedmodel.md lists it.

    Attributes:
        code: the stable name.
        severity: how much it matters.
        meaning: what it says about the model, in general.
        remedy: the next thing to do, in general; a finding may say it with the paths at hand.
    """

    code: str
    severity: Severity
    meaning: str
    remedy: str

    def found(self, message: str, *, where: str, remedy: str | None = None, version: int | None = None) -> Finding:
        """Make a finding of this kind."""
        return Finding(
            code=self.code,
            severity=self.severity,
            where=where,
            message=message,
            remedy=remedy or self.remedy,
            version=version,
        )


def worst_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Sort by severity; equals keep their order."""
    order = list(Severity)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))
