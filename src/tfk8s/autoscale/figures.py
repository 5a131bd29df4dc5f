"""What a course comes to, in figures that two policies can be compared by; and its changes one by one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfk8s.autoscale.simulate import Course, Reason

_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Sums and extremes of a course.

    Attributes:
        fewest: Replicas at least.
        mean: On average over time.
        most: At most.
        pod_hours: That pods asked for existed.
        node_hours: That nodes existed.
        requests: All that came.
        dropped_share: Part of them that was refused.
        late_share: Part of them that was answered after the bound; `None`: there is none.
        at_most_s: Time at the autoscaler's maximum.
        short_s: Longest time without a break in which more came than ready pods answer.
        ups: Changes upwards.
        downs: Changes downwards.
        slowest_s: Longest latency of a request in the middle of a step.
    """

    fewest: int
    mean: float
    most: int
    pod_hours: float
    node_hours: float
    requests: float
    dropped_share: float
    late_share: float | None
    at_most_s: float
    short_s: float
    ups: int
    downs: int
    slowest_s: float

    @property
    def beyond_share(self) -> float | None:
        """Part of the requests that was late or refused; `None`: there is no bound."""
        return None if self.late_share is None else self.late_share + self.dropped_share


class Change(NamedTuple):
    """One change of replicas.

    Attributes:
        at_s: Since the beginning of the trace.
        rate: Requests a second that came before it.
        ready: Pods that answered.
        before: Replicas before.
        after: And after.
        reason: The sync's.
    """

    at_s: float
    rate: float
    ready: int
    before: int
    after: int
    reason: Reason


def figures_of(course: Course, *, maximum: int, pod_rate: float) -> Figures:
    """Sum up a course.

    Args:
        course: At least one step.
        maximum: Of the autoscaler.
        pod_rate: Requests a second that one ready pod answers.
    """
    replicas, step_s = course.replicas, course.step_s
    shorts = (rate > ready * pod_rate for rate, ready in zip(course.rates, course.ready, strict=True))
    changes = [after - before for before, after in pairwise(replicas)]
    return Figures(
        fewest=min(replicas),
        mean=sum(replicas) / len(replicas),
        most=max(replicas),
        pod_hours=course.pod_hours,
        node_hours=sum(course.nodes) * step_s / _HOUR_S,
        requests=course.requests,
        dropped_share=course.dropped_share,
        late_share=_share(course.late, course.requests) if course.late else None,
        at_most_s=sum(count >= maximum for count in replicas) * step_s,
        short_s=_longest(shorts) * step_s,
        ups=sum(change > 0 for change in changes),
        downs=sum(change < 0 for change in changes),
        slowest_s=max(course.latency_s),
    )


def changes_of(course: Course) -> list[Change]:
    """Return the changes of replicas in their order."""
    found = []
    for index in range(1, len(course.replicas)):
        before, after = course.replicas[index - 1], course.replicas[index]
        if before != after:
            at_s = (index + 1) * course.step_s
            found.append(Change(at_s, course.rates[index], course.ready[index], before, after, course.reasons[index]))
    return found


def _share(parts: list[float], whole: float) -> float:
    return sum(parts) / whole if whole else 0.0


def _longest(flags: Iterable[bool]) -> int:
    """Return the longest run."""
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest
