"""What is told of a live autoscaler: what it read and computed, what holds it, what is wrong, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAccount:
    """One metric of the spec.

    Attributes:
        name: As people say it: `cpu`, `cpu of container server`, `external metric queue`.
        target: With its unit.
        current: What the controller read at its last sync; "unknown" without a value.
        computed: The arithmetic on what can be read now, in words; "" where there is nothing to compute with.
        proposal: Replicas that it asks for; None: none.
        decides: Whether its proposal is the one that counts: the most of all.
    """

    name: str
    target: str
    current: str
    computed: str
    proposal: int | None
    decides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What keeps the replicas from being what the metrics ask for.

    Attributes:
        code: The controller's reason, such as `ScaleDownStabilized`, or `Tolerance`.
        words: In a sentence.
        since: When it began, as far as the status tells.
        soonest: When it can end if the metrics stay as they are; None: never, or not told.
        latest: When it must have ended then.
    """

    code: str
    words: str
    since: datetime | None = None
    soonest: datetime | None = None
    latest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDecision:
    """A change of replicas, or a failure, that an event tells.

    Attributes:
        at: When it last happened.
        words: The event's own.
        times: How often.
        replicas: That were set; None: none.
    """

    at: datetime
    words: str
    times: int = 1
    replicas: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that keeps the autoscaler from working, or from working as one thinks.

    Attributes:
        code: Stable name for programs, e.g. `no-metrics-api`.
        place: The object.
        cause: In one line.
        fix: What to do.
        evidence: Words of the cluster, one a line.
    """

    code: str
    place: str
    cause: str
    fix: str
    evidence: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """For people: the cause, its evidence, the fix."""
        return (f"{self.place}: {self.cause}", *(f"  {line}" for line in self.evidence), f"fix: {self.fix}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What comes, as long as metrics and pods stay as they are.

    Attributes:
        replicas: After the next sync; None: it cannot be told.
        words: Why.
        change_to: The next other count; None: there is none within an hour.
        soonest: When that is, at the soonest.
        latest: And at the latest.
    """

    replicas: int | None
    words: str
    change_to: int | None = None
    soonest: datetime | None = None
    latest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A live autoscaler, explained.

    Attributes:
        name: Of the HorizontalPodAutoscaler.
        namespace: Its namespace.
        target: As in `Deployment/resnet`.
        made_by: Whose it is: `ScaledObject/resnet` for KEDA's; "" when nobody else makes it.
        taken_at: When it was looked at.
        minimum: Bound.
        maximum: Bound.
        current: Replicas that the last sync found.
        desired: Replicas that it left.
        ready: Pods that are ready.
        metrics: In the order of the spec.
        wanted: Replicas that the metrics ask for now, before windows, policies and bounds.
        holds: What stands between.
        past: Changes and failures, newest first.
        troubles: What is wrong, what hurts most first.
        outlook: What comes.
        notes: What could not be looked at, and what is only nearly known.
    """

    name: str
    namespace: str
    target: str
    made_by: str
    taken_at: datetime
    minimum: int
    maximum: int
    current: int
    desired: int
    ready: int
    metrics: tuple[MetricAccount, ...]
    wanted: int | None
    holds: tuple[Hold, ...]
    past: tuple[PastDecision, ...]
    troubles: tuple[Trouble, ...]
    outlook: Outlook
    notes: tuple[str, ...] = ()
