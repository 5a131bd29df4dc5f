"""Which findings of `tfk8s check` somebody does not want to hear of again, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from tfk8s.spec.nearest import nearest
from tfk8s.spec.part import Part
from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.check_codes import CheckCode
    from tfk8s.spec.service import ServiceSpec


class IgnoredCheck(Part):
    """A finding that is switched off."""

    code: str
    """Its code, as `tfk8s check` prints it; docs/checks.md lists them."""

    reason: Annotated[str, Field(min_length=3, max_length=500, pattern=r"\S")]
    """Why; it is shown wherever the finding would be."""


class ChecksSpec(Part):
    """What is not told of this service."""

    ignore: tuple[IgnoredCheck, ...] = ()
    """Findings that are switched off, as `[{code: plain-http, reason: the mesh encrypts}]`. What the API server or
    every model server would refuse cannot be switched off. Default: none."""

    @property
    def reasons(self) -> dict[str, str]:
        """Why, by code."""
        return {entry.code: entry.reason for entry in self.ignore}


def switched_off_codes_are_known(spec: ServiceSpec) -> Iterator[Violation]:
    """A slip of the pen must not hide nothing, and nobody hides what would be refused anyway."""
    if not spec.checks.ignore:
        return
    from tfk8s.spec.check_codes import known_codes  # few specs switch anything off

    known = known_codes()
    seen: set[str] = set()
    for index, entry in enumerate(spec.checks.ignore):
        message = no_switch(entry.code, known)
        if message is None and entry.code in seen:
            message = f"{entry.code} is switched off already"
        seen.add(entry.code)
        if message is not None:
            yield Violation(path=("checks", "ignore", index, "code"), message=message)


def no_switch(code: str, known: Mapping[str, CheckCode]) -> str | None:
    """Why nothing can be switched off by this code, None when it can."""
    entry = known.get(code)
    if entry is None:
        near = nearest(code, known)
        return f"{code} is no finding of tfk8s check" + (f": did you mean {near}?" if near else ": see docs/checks.md")
    return f"{code} cannot be switched off: {entry.stays_because}" if entry.stays_because else None
