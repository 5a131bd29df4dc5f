"""What became of single requests, and a step made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from tfk8s.load.histogram import histogram_of
from tfk8s.load.measured import Objective, ServerSide, Step

LATE_S: Final = 0.01
"""A request that is sent so long after it was due was held up on this computer."""

LATE_PART: Final = 0.05
"""Of the objective's latency: what was held up for less cannot be why an objective of seconds is broken."""

NO_FREE_CONNECTION: Final = "no free connection"
"""The failure of a request that was due while every connection was busy, and was not sent."""


class Outcome(NamedTuple):
    """One request; times in seconds from the start of the schedule.

    Attributes:
        due_s: When it was to be sent.
        sent_s: When it was; as `due_s` when it never was.
        done_s: When its answer was there, or its failure was known.
        failure: What kind, in the words of `Errors`; empty for a prediction.
    """

    due_s: float
    sent_s: float
    done_s: float
    failure: str = ""

    @property
    def latency_s(self) -> float:
        """From when it was due: what waited to be sent has waited too (no coordinated omission)."""
        return self.done_s - self.due_s

    @property
    def held_up_s(self) -> float:
        """How long this computer held it up; 0 of one that was never sent."""
        return self.sent_s - self.due_s


def step_of(
    outcomes: Sequence[Outcome],
    *,
    rps: float,
    seconds: float,
    objective: Objective | None = None,
    pods: tuple[int | None, int | None] = (None, None),
    server: ServerSide | None = None,
) -> Step:
    """Count what became of the requests of one rate.

    Args:
        outcomes: Of all requests that were due.
        rps: The rate that was asked for.
        seconds: How long it was held.
        objective: Whose percentile is wanted.
        pods: Ready ones before and after.
        server: The other side's view, if it was looked at.
    """
    failures = Counter(outcome.failure for outcome in outcomes if outcome.failure)
    unsent = failures.pop(NO_FREE_CONNECTION, 0)
    histogram = histogram_of(outcome.latency_s for outcome in outcomes if not outcome.failure)
    at_percentile_s = histogram.percentile_s(objective.percentile) if objective and histogram.count else None
    late_s = max(LATE_S, LATE_PART * objective.latency_s) if objective else LATE_S
    failed_share = (len(outcomes) - histogram.count) / len(outcomes) if outcomes else 0.0
    return Step(
        asked_rps=rps,
        seconds=seconds,
        sent=len(outcomes) - unsent,
        answered=histogram.count,
        late=sum(outcome.held_up_s > late_s for outcome in outcomes),
        latencies=histogram.latencies(),
        errors=dict(sorted(failures.items())),
        unsent=unsent,
        objective_s=at_percentile_s,
        kept=None if objective is None else objective.is_kept(at_percentile_s, failed_share=failed_share),
        histogram=histogram.in_seconds(),
        pods_before=pods[0],
        pods_after=pods[1],
        server=server or ServerSide(),
    )
