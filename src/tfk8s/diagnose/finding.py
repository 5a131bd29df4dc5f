"""A cause that was found in live objects: what, where, the evidence, and what to do."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.Enum):
    """How much a finding matters; declared worst first."""

    ERROR = "error"
    """The service, or a part of it, does not serve as it should."""

    WARNING = "warning"
    """It serves, and will not keep on doing so, or not as well as one thinks."""

    INFO = "info"
    """Worth knowing, such as what could not be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One cause.

    Attributes:
        code: stable name for programs, e.g. `image-pull`; docs/doctor.md lists them.
        place: the object, e.g. `Pod/resnet-5d9f-abcde`.
        cause: what is wrong, in one line.
        fix: what to do.
        evidence: the words of the cluster or the server, one a line.
        is_final: waiting will not help; a rollout that shows it has failed.
        severity: how much it matters.
        command: what mends it, or shows more of it, as typed in a shell; "" where no single command does.
    """

    code: str
    place: str
    cause: str
    fix: str
    evidence: tuple[str, ...] = ()
    is_final: bool = False
    severity: Severity = Severity.ERROR
    command: str = ""

    def lines(self) -> tuple[str, ...]:
        """As details of an error: the cause, its evidence, the fix."""
        return (f"{self.place}: {self.cause}", *(f"  {line}" for line in self.evidence), f"fix: {self.fix}")
