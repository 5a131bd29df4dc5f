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
    """What one sync read and wrote; times are in seconds of the monotonic clock.

    Attributes:
        began_at: When it was told how many replicas there are.
        current: Replicas that it found.
        desired: Replicas that it left.
        conditions: Reasons in the status, as far as it has been written by then.
        heard_at: When it asked or wrote something after that.
        is_refused: Whether its status was refused, since it knew only an earlier one.
    """

    began_at: float
    current: int
    desired: int
    conditions: dict[str, tuple[bool, str]]
    heard_at: float | None = None
    is_refused: bool = False


@dataclass
class Script:
    """One autoscaler's course, one step of it at each sync.

    Last answers are held back to ticks: the time between any two is a multiple of `tick_s`, and so that between
    decisions stays clear of windows and periods that are none, unless the controller is late (`moments.py`).

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
    def taken(self) -> list[Sync]:
        """The syncs of the steps."""
        return self.syncs[: len(self.answers)]

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

    def _hear(self) -> Sync:
        sync = self.syncs[-1]
        sync.heard_at = sync.heard_at or time.monotonic()
        return sync

    def read(self, metric: str) -> Answer:
        """Answer for a metric at this sync, for the last one at the tick; after the last step it stays."""
        self._hear()
        if metric == self.last_metric:
            self._hold(early_s=0.0)
        return self.answers[min(len(self.syncs), len(self.answers)) - 1].get(metric)

    def _hold(self, *, early_s: float) -> None:
        time.sleep(self.tick_s - (time.monotonic() - self.offset_s + early_s) % self.tick_s)

    def write(self, replicas: int) -> None:
        """Take over the replicas that this sync wants."""
        self.replicas = self._hear().desired = replicas

    def write_status(self, status: Mapping[str, Any]) -> None:
        """Take over the conditions of the status."""
        self._hear().conditions = {
            each["type"]: (each["status"] == "True", each["reason"]) for each in status.get("conditions", ())
        }

    def refuse_status(self) -> None:
        """Note that the status was not taken after all."""
        self.syncs[-1].is_refused = True
