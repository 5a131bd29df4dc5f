"""What the controller remembers of an autoscaler between two syncs; a restart of it forgets everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

Recommendation: TypeAlias = tuple[float, int]
"""When, and the replicas that the metrics asked for, before windows, policies and bounds.

Each sync reads all of them, and a tuple with names takes twice as long.
"""


class ScaleEvent(NamedTuple):
    """A change of replicas in one direction; `is_outdated`: another event may take its place."""

    at: float
    change: int
    is_outdated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of an autoscaler's status.

    Attributes:
        kind: AbleToScale, ScalingActive, ScalingLimited or ScaledToZero.
        is_true: Its status.
        reason: In the controller's words.
    """

    kind: str
    is_true: bool
    reason: str


class Conditions(NamedTuple):
    """The conditions; `None`: never set. A sync that does not set one leaves it as it was. `zero`: since 1.37."""

    able: Condition | None = None
    active: Condition | None = None
    limited: Condition | None = None
    zero: Condition | None = None


_NONE_SET: Final = Conditions()


class State(NamedTuple):
    """Memory of the controller about one autoscaler.

    Attributes:
        recommendations: In no order: a new one takes the place of one that is too old.
        ups: Changes upwards, as far as `behavior` may need them.
        downs: Changes downwards, likewise.
        conditions: Of the status.
    """

    recommendations: tuple[Recommendation, ...] = ()
    ups: tuple[ScaleEvent, ...] = ()
    downs: tuple[ScaleEvent, ...] = ()
    conditions: Conditions = _NONE_SET


def with_event(
    events: tuple[ScaleEvent, ...], change: int, *, now: float, longest_period_s: int
) -> tuple[ScaleEvent, ...]:
    """Add a change; it takes the last place whose event is older than any policy's period."""
    cutoff = now - longest_period_s
    marked = [event._replace(is_outdated=True) if event.at < cutoff else event for event in events]
    place = max((index for index, event in enumerate(marked) if event.is_outdated), default=len(marked))
    marked[place : place + 1] = [ScaleEvent(now, change)]
    return tuple(marked)


def with_recommendation(
    recommendations: tuple[Recommendation, ...], new: Recommendation, *, place: int
) -> tuple[Recommendation, ...]:
    """Put a recommendation into a place, or behind the others where `place` is negative."""
    if place < 0:
        return (*recommendations, new)
    return (*recommendations[:place], new, *recommendations[place + 1 :])
