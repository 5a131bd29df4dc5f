"""What a use-case tells while it works. Events are not logs: each is something that a person waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias, Union

from tfk8s.manifest import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A named piece of work begins."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """The piece of work that began under the same name is over: `outcome` says how, in a few words."""

    step: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectChanged:
    """One object was written to the cluster; `action` is the word of the plan (create, update, prune ...)."""

    ref: ObjectRef
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Nothing to do but wait; `reasons` say what is still missing. Sent again only when they change."""

    what: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A measurable piece of work: `done` of `total` units (`total` is 0 when it is not known)."""

    what: str
    done: int
    total: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the user should know."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Warn:
    """Something the user should act on, although the work goes on."""

    message: str
    hint: str | None = None


Event: TypeAlias = Union[StepStarted, StepDone, ObjectChanged, Waiting, Progress, Note, Warn]


class Reporter(Protocol):
    """Where events go: a terminal, plain lines, JSON lines, or nowhere."""

    def emit(self, event: Event) -> None:
        """Take one event; never raises and never blocks for long."""
        ...


class SilentReporter:
    """The default of every use-case."""

    def emit(self, event: Event) -> None:
        """Drop the event."""
