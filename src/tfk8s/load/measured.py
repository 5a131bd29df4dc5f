"""What a measurement of a service under load is: steps of one rate each, and the knee."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Errors: TypeAlias = Mapping[str, int]
"""Failed requests by kind, such as `HTTP 503`, `UNAVAILABLE`, `timeout`, `connection refused`."""

Ended: TypeAlias = Literal["complete", "interrupted", "bounds", "unsteady", "failing"]
"""Why no further step was made: all was measured; Ctrl-C; the bounds on time or requests would have been passed; the
number of ready pods changed, or steps of one rate were set aside several times in a row; nothing was answered, or no
connection could be made any more."""

LATE_SHARE: Final = 0.01
"""With more late requests than this a step that breaks its objective tells of this computer, not of the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """The latency that must not be exceeded.

    Attributes:
        percentile: Of all requests of a step, in percent, above 0 and below 100.
        latency_s: Longest time of an answer at that percentile, from when it was due to be sent.
        error_share: Largest part of the requests that may fail.
    """

    percentile: float
    latency_s: float
    error_share: float = 0.001

    def is_kept(self, at_percentile_s: float | None, *, failed_share: float) -> bool:
        """Whether answers were as fast, and failures as few; `None`: nothing was answered."""
        is_fast = at_percentile_s is not None and at_percentile_s <= self.latency_s
        return is_fast and failed_share <= self.error_share


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """Times from when a request was due to its answer, in seconds; of answers alone, not of failures."""

    p50_s: float
    p90_s: float
    p95_s: float
    p99_s: float
    p999_s: float
    max_s: float
    mean_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSide:
    """What the servers and the cluster counted during a step; `None`: it could not be read.

    Attributes:
        answered: Predictions that the servers count as answered.
        failed: Requests that they count with another status than OK.
        p50_s: Median of their own time, as far as the buckets of their histogram tell.
        p99_s: Likewise.
        cpu_cores: Mean use of processor of one pod.
        answered_by_pod: The first, by the name of the pod; empty where it could not be read.
    """

    answered: int | None = None
    failed: int | None = None
    p50_s: float | None = None
    p99_s: float | None = None
    cpu_cores: float | None = None
    answered_by_pod: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rate, held for a time.

    Attributes:
        asked_rps: Requests a second that were to be sent, by all pods together.
        seconds: From the first request due to the end of the step, without waiting for late answers.
        sent: Requests sent.
        answered: Predictions among their answers.
        late: Requests that were sent more than a hundredth of a second, or a twentieth of a longer objective, after
            they were due, for want of processor here: with many of them the step measures this computer, not the
            service.
        latencies: `None`: nothing was answered.
        errors: All that is not a prediction, of what was sent.
        unsent: Requests that were due while every connection was busy; they were never sent.
        objective_s: Latency at the percentile of the objective; `None`: there is none, or nothing was answered.
        kept: Whether the objective was kept; `None`: there is none.
        histogram: Answers by the upper bound of their latency in seconds; a bound is less than 1/128 too high.
        pods_before: Ready pods when the step began; `None`: unknown.
        pods_after: Ready pods at its end.
        server: The other side's view.
    """

    asked_rps: float
    seconds: float
    sent: int
    answered: int
    late: int
    latencies: Latencies | None
    errors: Errors
    unsent: int = 0
    objective_s: float | None = None
    kept: bool | None = None
    histogram: Mapping[float, int] = field(default_factory=dict)
    pods_before: int | None = None
    pods_after: int | None = None
    server: ServerSide = ServerSide()

    @property
    def answered_rps(self) -> float:
        """Predictions a second."""
        return self.answered / self.seconds

    @property
    def failed(self) -> int:
        """Requests that were due and got no prediction."""
        return self.unsent + sum(self.errors.values())

    @property
    def failed_share(self) -> float:
        """The same, as a part of all that were due; 0 without any."""
        due = self.sent + self.unsent
        return self.failed / due if due else 0.0

    @property
    def set_aside(self) -> str | None:
        """Why the step tells nothing of the service, in words; `None`: it counts.

        What was sent late has waited longer for its answer: a step that keeps its objective nevertheless has shown it.
        """
        if None not in (self.pods_before, self.pods_after) and self.pods_before != self.pods_after:
            return f"the number of ready pods changed from {self.pods_before} to {self.pods_after}"
        if self.kept is not True and self.late > self.sent * LATE_SHARE:
            return f"{self.late} of {self.sent} requests were sent late, for want of processor on this computer"
        return None

    def keeps(self, objective: Objective) -> bool:
        """Whether the answers were as fast, and the failures as few, as the objective wants."""
        return objective.is_kept(self.objective_s, failed_share=self.failed_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knee:
    """The highest rate that one pod was seen to sustain within the objective.

    Attributes:
        rps_per_pod: Requests a second.
        at: The step that showed it.
        beyond: The lowest rate above it that broke the objective; `None`: none was tried, so the knee may be higher.
    """

    rps_per_pod: float
    at: Step
    beyond: Step | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One measurement, as `tfk8s bench -o json` writes it and `tfk8s autoscale recommend` reads it.

    Attributes:
        service: Namespace and name, or the address that was asked.
        model: Its name in the URL.
        version: That answered; `None`: it was not told.
        protocol: `rest` or `grpc`.
        arrivals: `fixed` or `poisson`.
        pods: Ready ones while it was measured; the knee is per pod.
        cpu_request_cores: What each pod requests; `None`: unknown.
        started_at: UTC, as in `2026-01-31T12:00:00Z`.
        objective: `None`: none was given, and there is no knee.
        steps: In the order in which they ran.
        knee: `None`: no step kept the objective, or there is none.
        seed: Of Poisson arrivals and of bodies made from the signature.
        connections: Requests that could be on their way at once.
        reached: How the service was reached, as in "address of the load balancer".
        ended: Why there are no further steps.
        notes: What a reader must know to trust the figures, one sentence each.
    """

    service: str
    model: str
    version: int | None
    protocol: str
    arrivals: str
    pods: int
    cpu_request_cores: float | None
    started_at: str
    objective: Objective | None
    steps: tuple[Step, ...]
    knee: Knee | None
    seed: int = 0
    connections: int = 0
    reached: str = ""
    ended: Ended = "complete"
    notes: tuple[str, ...] = ()
