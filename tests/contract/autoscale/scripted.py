"""What a HorizontalPodAutoscaler's controller reads at each sync, and what it made of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tfk8s.autoscale.decide import Fault

_EARLY: Final = 0.25  # of a tick, for what a sync does before it reads its metrics

# A metric's value in thousandths, or those of pods by name; `None`: the metrics API does not know it.
Answer = int | Mapping[str, int] | None


@dataclass
class Sync:
    """What one sync read and wrote.

    Attributes:
        at: When it got its last answer, in seconds of the monotonic clock; it decides at once then.
        changed_at: When it was told that its change of replicas is written; it remembers the change then.
        current: Replicas that it found.
        desired: Replicas that it left.
        conditions: Reasons in the status, as far as it has been written by then.
    """

    at: float
    current: int
    desired: int
    conditions: dict[str, tuple[bool, str]]
    changed_at: float | None = None


@dataclass
class Script:
    """One autoscaler's course, one step of it at each sync.

    Decisions are held back to ticks: the time between any two is a multiple of `tick_s`, however busy the machine is,
    and so never near a window or a period that is none.

    Attributes:
        name: Of the autoscaler and of what it scales.
        replicas: That the target asks for and has.
        bounds: Fewest and most replicas; outside them no metric is asked for.
        last_metric: Name of the metric that is asked for last.
        answers: For each sync, from a metric's name to its value.
        faults: By the number of the sync: what keeps it from asking for metrics.
        hands: By the number of the sync: replicas that somebody else has set before it.
        has_sidecar: Whether the pods have a second container.
        tick_s: Time between two ticks.
        offset_s: Of this course's ticks, so that not all autoscalers sync at once.
        syncs: What happened.
    """

    name: str
    replicas: int
    bounds: tuple[int, int]
    last_metric: str
    answers: list[dict[str, Answer]]
    tick_s: float
    offset_s: float
    faults: Mapping[int, Fault] = field(default_factory=dict)
    hands: Mapping[int, int] = field(default_factory=dict)
    has_sidecar: bool = False
    syncs: list[Sync] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether every step was read, and the last one acted upon."""
        return len(self.syncs) > len(self.answers)

    @property
    def fault(self) -> Fault | None:
        """What this sync meets."""
        return self.faults.get(len(self.syncs) - 1)

    @property
    def selector(self) -> str:
        """Of the scale subresource. One that cannot be read is no scale to the controller's client, so it is absent."""
        return "" if self.fault is Fault.NO_SELECTOR else f"app={self.name}"

    def begin(self) -> None:
        """Wait until just before the next tick where the sync asks for metrics, and for the tick where it does not."""
        replicas = self.hands.get(len(self.syncs), self.replicas)
        asks = self.bounds[0] <= replicas <= self.bounds[1] and len(self.syncs) not in self.faults
        self._hold(early_s=_EARLY * self.tick_s if asks else 0.0)
        before = self.syncs[-1].conditions if self.syncs else {}
        self.replicas = replicas
        self.syncs.append(Sync(time.monotonic(), replicas, replicas, dict(before)))

    def read(self, metric: str) -> Answer:
        """Answer for a metric at this sync, for the last one at the tick; after the last step it stays."""
        if metric == self.last_metric:
            self._hold(early_s=0.0)
            self.syncs[-1].at = time.monotonic()
        return self.answers[min(len(self.syncs), len(self.answers)) - 1].get(metric)

    def _hold(self, *, early_s: float) -> None:
        time.sleep(self.tick_s - (time.monotonic() - self.offset_s + early_s) % self.tick_s)

    def write(self, replicas: int) -> None:
        """Take over the replicas that this sync wants."""
        self.replicas = self.syncs[-1].desired = replicas
        self.syncs[-1].changed_at = time.monotonic()

    def write_status(self, status: Mapping[str, Any]) -> None:
        """Take over the conditions of the status."""
        self.syncs[-1].conditions = {
            each["type"]: (each["status"] == "True", each["reason"]) for each in status.get("conditions", ())
        }
