"""The same work in several regions: one after the other, or all at once; a failure in one leaves the others alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

from tfk8s.app.bake import BakeFailedError
from tfk8s.app.side_by_side import side_by_side
from tfk8s.errors import Tfk8sError

T = TypeVar("T")
U = TypeVar("U")

State: TypeAlias = Literal["done", "failed", "not started"]

_NO_LIMIT_S = 30 * 86400.0
"""Each piece of work has bounds of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[T]):
    """What came of the work in one region."""

    region: str
    state: State
    value: T | None = None
    error: Tfk8sError | None = None


def mapped(outcome: Outcome[T], change: Callable[[T], U]) -> Outcome[U]:
    """The outcome with another value, where it has one."""
    value = None if outcome.value is None else change(outcome.value)
    return Outcome(region=outcome.region, state=outcome.state, value=value, error=outcome.error)


def in_turn(work: Mapping[str, Callable[[], T]]) -> tuple[Outcome[T], ...]:
    """Do it region by region; what fails in one is not begun in the next."""
    outcomes: list[Outcome[T]] = []
    for region, piece in work.items():
        if outcomes and outcomes[-1].state != "done":
            outcomes.append(Outcome(region=region, state="not started"))
        else:
            outcomes.append(_tried(region, piece))
    return tuple(outcomes)


def at_once(work: Mapping[str, Callable[[], T]]) -> tuple[Outcome[T], ...]:
    """Do it in all regions at the same time; each comes to its end, whatever happens in the others."""
    pieces = {region: _trial(region, piece) for region, piece in work.items()}
    return tuple(side_by_side(pieces, limit_s=_NO_LIMIT_S).values())


def _trial(region: str, piece: Callable[[], T]) -> Callable[[], Outcome[T]]:
    return lambda: _tried(region, piece)


def _tried(region: str, piece: Callable[[], T]) -> Outcome[T]:
    try:
        return Outcome(region=region, state="done", value=piece())
    except Tfk8sError as error:
        return Outcome(region=region, state="failed", error=error)


def failure_of(outcomes: Sequence[Outcome[T]], *, again: str) -> Tfk8sError | None:
    """What is wrong in all regions together; None when nothing is.

    Args:
        outcomes: of the regions.
        again: the command, to which the regions that are left are added.
    """
    failed = [(outcome.region, outcome.error) for outcome in outcomes if outcome.error is not None]
    if not failed:
        return None
    first_region, first = failed[0]
    waiting = [outcome.region for outcome in outcomes if outcome.state == "not started"]
    done = [outcome.region for outcome in outcomes if outcome.state == "done"]
    details = [f"{region}: {line}" for region, error in failed for line in (error.message, *error.details)]
    details += [f"{region}: done" for region in done]
    details += [f"{region}: not begun, as it was before" for region in waiting]
    if isinstance(first, BakeFailedError):
        return BakeFailedError(first.message, hint=first.hint, details=tuple(details))
    left = " ".join(f"--region {region}" for region in (*(region for region, _ in failed), *waiting))
    return type(first)(
        f"{first_region}: {first.message}" if len(failed) == 1 else f"{len(failed)} of {len(outcomes)} regions failed",
        hint=(f"{first.hint}; then " if first.hint else "") + f"{again} {left} goes on",
        details=tuple(details),
    )
