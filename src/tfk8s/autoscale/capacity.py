"""Pods and nodes that come late: start-up time, places on nodes, and nodes that must be made first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What pods run on, and what one can do.

    Attributes:
        pod_rate: Requests a second that one ready pod answers at most.
        service_s: Time of one answer without a queue.
        pod_start_s: From a place on a node to ready: image, load, warm-up.
        queue_s: Work that may wait, in seconds of the ready pods' full rate; what exceeds it is dropped.
        node_start_s: Time to make a node.
        node_idle_s: A node that nothing has needed for so long is removed.
        pods_per_node: Pods of this service that one node holds.
        nodes: From the start, and at least.
        max_nodes: At most.
    """

    pod_rate: float
    service_s: float = 0.05
    pod_start_s: float = 30.0
    queue_s: float = 5.0
    node_start_s: float = 120.0
    node_idle_s: float = 600.0
    pods_per_node: int = 4
    nodes: int = 1
    max_nodes: int = 1000


class Fleet:
    """Pods of a service and their nodes, in one simulation; it changes as time goes on.

    Attributes:
        ready: Pods that answer.
        pod_rate: Requests a second that each of them answers at most.
    """

    def __init__(self, around: Surroundings, *, ready: int) -> None:
        """Start with ready pods, and the nodes that they need."""
        self._around = around
        self.pod_rate = around.pod_rate
        self.ready = ready
        self._starting: list[float] = []  # when each is ready, soonest first
        self._pending = 0
        self._nodes = max(around.nodes, -(-ready // around.pods_per_node))
        self._coming: list[float] = []
        self._full_at = 0.0

    @property
    def placed(self) -> int:
        """Pods on nodes, ready or not."""
        return self.ready + len(self._starting)

    @property
    def unready(self) -> int:
        """Pods that exist and do not answer yet."""
        return len(self._starting) + self._pending

    @property
    def nodes(self) -> int:
        """Nodes that are there."""
        return self._nodes

    def advance(self, now: float) -> None:
        """Let what is due by now become ready, and idle nodes go."""
        while self._coming and self._coming[0] <= now:
            self._nodes += 1
            self._place(self._coming.pop(0))
        while self._starting and self._starting[0] <= now:
            self._starting.pop(0)
            self.ready += 1
        self._remove_idle(now)

    def scale(self, replicas: int, *, now: float) -> None:
        """Make or end pods; those without a node end first, then those that start, as a ReplicaSet does."""
        surplus = self.placed + self._pending - replicas
        if surplus <= 0:
            self._pending -= surplus
            self._place(now)
            self._ask_for_nodes(now)
            return
        gone = min(surplus, self._pending)
        self._pending -= gone
        rest = max(0, len(self._starting) - (surplus - gone))
        self.ready -= surplus - gone - (len(self._starting) - rest)
        del self._starting[rest:]

    def _place(self, at: float) -> None:
        fitting = min(self._pending, self._nodes * self._around.pods_per_node - self.placed)
        if fitting > 0:
            self._pending -= fitting
            self._starting.extend([at + self._around.pod_start_s] * fitting)

    def _ask_for_nodes(self, now: float) -> None:
        around = self._around
        needed = min(-(-(self.placed + self._pending) // around.pods_per_node), around.max_nodes)
        self._coming.extend([now + around.node_start_s] * (needed - self._nodes - len(self._coming)))

    def _remove_idle(self, now: float) -> None:
        around = self._around
        needed = max(around.nodes, -(-self.placed // around.pods_per_node))
        if needed >= self._nodes:
            self._full_at = now
        elif now - self._full_at >= around.node_idle_s:
            self._nodes = needed
