"""Pods and nodes that come late: start-up time, places on nodes, and nodes that must be made first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class LatencyAt(NamedTuple):
    """Times of an answer at a rate of one pod, in seconds, without what waits because pods are too few.

    Attributes:
        rate: Requests a second that the pod answers.
        p50_s: Half of the answers come within it; the others likewise.
    """

    rate: float
    p50_s: float
    p90_s: float
    p95_s: float
    p99_s: float
    p999_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What pods run on, and what one can do.

    Attributes:
        pod_rate: Requests a second that one ready pod answers at most.
        service_s: Time of one answer without a queue; where `latencies` are known, those count.
        latencies: As measured, by rising rate.
        pod_start_s: From a place on a node to ready: image, load, warm-up.
        image_s: The part of it in which a node without the image pulls it.
        threads: Requests that a pod works on at once; its metrics do not show those that wait; 0: all of them.
        queue_s: Work that may wait, in seconds of the ready pods' full rate; what exceeds it is dropped.
        cpu_request_milli: What a pod requests.
        cpu_at_full: Processor that a pod uses at its full rate, as a part of its request.
        cpu_idle: The same without a request.
        cpu_at_start: The same while it loads and warms up.
        burn_s: How long after the start of its container a pod uses that, though it is ready.
        memory_request_bytes: What a pod requests; 0: unknown.
        memory_bytes: What a pod with loaded models uses.
        memory_per_request_bytes: And for each request in flight.
        node_start_s: Time to make a node.
        node_idle_s: A node that nothing has needed for so long is removed.
        pods_per_node: Pods of this service that one node holds.
        nodes: From the start, and at least.
        max_nodes: At most.
    """

    pod_rate: float
    service_s: float = 0.05
    latencies: tuple[LatencyAt, ...] = ()
    pod_start_s: float = 30.0
    image_s: float = 0.0
    threads: int = 0
    queue_s: float = 5.0
    cpu_request_milli: int = 1000
    cpu_at_full: float = 1.0
    cpu_idle: float = 0.0
    cpu_at_start: float = 1.0
    burn_s: float = 0.0
    memory_request_bytes: int = 0
    memory_bytes: int = 0
    memory_per_request_bytes: int = 0
    node_start_s: float = 120.0
    node_idle_s: float = 600.0
    pods_per_node: int = 4
    nodes: int = 1
    max_nodes: int = 1000


class Young(NamedTuple):
    """Pods that were placed together, and of which metrics may still show the start.

    Attributes:
        pods: How many.
        placed_at: On a node: `status.startTime`.
        runs_at: Start of their containers.
        ready_at: When they answer.
        burns_until: They use processor for their start until then.
    """

    pods: int
    placed_at: float
    runs_at: float
    ready_at: float
    burns_until: float


class Fleet:
    """Pods of a service and their nodes, in one simulation; it changes as time goes on.

    Attributes:
        ready: Pods that answer.
        pod_rate: Requests a second that each of them answers at most.
        starting: Pods on nodes that do not answer yet, soonest first.
        young: Pods that answer, but not for long, oldest first; `settle` forgets them.
        pending: Pods without a node.
        nodes: Nodes that are there.
    """

    def __init__(self, around: Surroundings, *, ready: int) -> None:
        """Start with ready pods, and the nodes that they need."""
        self._around = around
        self.pod_rate = around.pod_rate
        self.ready = ready
        self.starting: list[Young] = []
        self.young: list[Young] = []
        self.pending = 0
        self._placed = ready
        self.nodes = max(around.nodes, -(-ready // around.pods_per_node))
        self._with_image = -(-ready // around.pods_per_node)
        self._coming: list[float] = []
        self._full_at = 0.0

    @property
    def pods(self) -> int:
        """Pods that exist."""
        return self._placed + self.pending

    @property
    def unready(self) -> int:
        """Pods that exist and do not answer yet."""
        return self._placed - self.ready + self.pending

    def advance(self, now: float) -> None:
        """Let what is due by now become ready, and idle nodes go."""
        while self._coming and self._coming[0] <= now:
            self.nodes += 1
            self._place(self._coming.pop(0))
        while self.starting and self.starting[0].ready_at <= now:
            batch = self.starting.pop(0)
            self.ready += batch.pods
            self.young.append(batch)
        self._remove_idle(now)

    def settle(self, before: float) -> None:
        """Forget what was over before then of the start of pods."""
        young = self.young
        while young and max(young[0].ready_at, young[0].burns_until) <= before:
            young.pop(0)

    def scale(self, replicas: int, *, now: float) -> None:
        """Make or end pods: first those without a node, then the youngest, as a ReplicaSet does."""
        surplus = self._placed + self.pending - replicas
        if surplus <= 0:
            self.pending -= surplus
            self._place(now)
            self._ask_for_nodes(now)
            return
        gone = min(surplus, self.pending)
        self.pending -= gone
        surplus -= gone
        self._placed -= surplus
        surplus = _without(self.starting, surplus)
        self.ready -= surplus
        _without(self.young, surplus)

    def _place(self, at: float) -> None:
        """Fill nodes with the image first; each other one pulls it."""
        around = self._around
        fitting = min(self.pending, self.nodes * around.pods_per_node - self._placed)
        if fitting <= 0:
            return
        quick = max(0, min(fitting, self._with_image * around.pods_per_node - self._placed))
        for pods, image_s in ((quick, 0.0), (fitting - quick, around.image_s)):
            if pods:
                self._start(pods, at=at, image_s=image_s)
        self.pending -= fitting
        self._placed += fitting
        self._with_image = max(self._with_image, -(-self._placed // around.pods_per_node))

    def _start(self, pods: int, *, at: float, image_s: float) -> None:
        around = self._around
        runs_at = at + image_s
        ready_at = runs_at + around.pod_start_s - around.image_s
        burns_until = max(ready_at, runs_at + around.burn_s)
        self.starting.append(Young(pods, at, runs_at, ready_at, burns_until))
        self.starting.sort(key=_ready_at)

    def _ask_for_nodes(self, now: float) -> None:
        around = self._around
        needed = min(-(-(self._placed + self.pending) // around.pods_per_node), around.max_nodes)
        self._coming.extend([now + around.node_start_s] * (needed - self.nodes - len(self._coming)))

    def _remove_idle(self, now: float) -> None:
        around = self._around
        needed = max(around.nodes, -(-self._placed // around.pods_per_node))
        if needed >= self.nodes:
            self._full_at = now
        elif now - self._full_at >= around.node_idle_s:
            self.nodes = needed
            self._with_image = min(self._with_image, needed)


def _ready_at(batch: Young) -> float:
    return batch.ready_at


def _without(batches: list[Young], pods: int) -> int:
    """Take so many pods away from the end; return those that are left to take elsewhere."""
    while pods and batches:
        last = batches.pop()
        if last.pods > pods:
            batches.append(last._replace(pods=last.pods - pods))
            return 0
        pods -= last.pods
    return pods
