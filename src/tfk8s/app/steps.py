"""A row of named steps: each is announced and timed, and a failure says what was done before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tfk8s.clock import Clock
from tfk8s.errors import Tfk8sError
from tfk8s.ports import Reporter, StepDone, StepStarted

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Generic[T]):
    """What a step made, and its outcome in a few words."""

    value: T
    outcome: str


class Steps:
    """Runs steps one after the other."""

    def __init__(self, *, clock: Clock, reporter: Reporter) -> None:
        """Start with nothing done."""
        self._clock, self._reporter = clock, reporter
        self._done: list[str] = []

    def run(self, name: str, work: Callable[[], Done[T]]) -> T:
        """Do one step.

        Raises:
            Tfk8sError: whatever the work raises, with a line more about the steps that are done.
        """
        started_s = self._clock.monotonic_s()
        self._reporter.emit(StepStarted(step=name))
        try:
            done = work()
        except Tfk8sError as error:
            before = "; ".join(self._done) or "nothing"
            error.details = (*error.details, f"stopped in step {name!r}; done before it: {before}")
            raise
        self._done.append(f"{name} ({done.outcome})")
        seconds = self._clock.monotonic_s() - started_s
        self._reporter.emit(StepDone(step=name, outcome=done.outcome, seconds=seconds))
        return done.value
