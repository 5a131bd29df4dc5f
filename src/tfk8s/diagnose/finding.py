"""A cause that was found in live objects: what, where, the evidence, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One cause.

    Attributes:
        code: stable name for programs, e.g. `image-pull`.
        place: the object, e.g. `Pod/resnet-5d9f-abcde`.
        cause: what is wrong, in one line.
        fix: what to do.
        evidence: the words of the cluster or the server, one a line.
        is_final: waiting will not help; a rollout that shows it has failed.
    """

    code: str
    place: str
    cause: str
    fix: str
    evidence: tuple[str, ...] = ()
    is_final: bool = False

    def lines(self) -> tuple[str, ...]:
        """As details of an error: the cause, its evidence, the fix."""
        return (f"{self.place}: {self.cause}", *(f"  {line}" for line in self.evidence), f"fix: {self.fix}")
