"""Whether so many pods fit into the nodes that a cluster has, or may grow to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tfk8s.manifest import JsonObject
from tfk8s.plan.capacity import pod_request


class Nodes(Protocol):
    """Nodes of one shape; amounts are per node and 0 when unknown."""

    @property
    def name(self) -> str:
        """What the pool is called."""
        ...

    @property
    def nodes(self) -> int:
        """How many there are now."""
        ...

    @property
    def most_nodes(self) -> int:
        """How many there may be."""
        ...

    @property
    def cpu_millis(self) -> int:
        """Millicores that pods may request."""
        ...

    @property
    def memory_bytes(self) -> int:
        """Bytes that pods may request."""
        ...

    @property
    def gpus(self) -> int:
        """GPUs that pods may request."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PodNeed:
    """What one pod requests."""

    cpu_millis: int
    memory_bytes: int
    gpus: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How many pods there is room for, at most: what the system's own pods take is not known beforehand.

    Attributes:
        wanted: pods that shall fit.
        now: pods that the nodes of now have room for.
        most: pods that the most nodes have room for.
        unknown: pools whose machine is not known, so that their room is not counted.
        needed_nodes: nodes that the wanted pods take on the roomiest pool; None when no node is large enough for one.
    """

    wanted: int
    now: int
    most: int
    unknown: tuple[str, ...] = ()
    needed_nodes: int | None = None

    @property
    def is_enough(self) -> bool | None:
        """Whether the wanted pods fit when the cluster has grown; None when unknown pools may decide it."""
        if self.most >= self.wanted:
            return True
        return None if self.unknown else False


def need_of(template: JsonObject) -> PodNeed:
    """What a pod of a rendered template requests."""
    return PodNeed(
        cpu_millis=int((pod_request(template, "cpu") * 1000).to_integral_value(rounding="ROUND_CEILING")),
        memory_bytes=int(pod_request(template, "memory").to_integral_value(rounding="ROUND_CEILING")),
        gpus=int(pod_request(template, "nvidia.com/gpu")),
    )


def fits(pools: Iterable[Nodes], *, pods: int, need: PodNeed) -> Fit:
    """How many pods of this need fit.

    Pods without GPUs are not counted onto nodes with GPUs, which refuse them by a taint.
    """
    usable = [pool for pool in pools if bool(pool.gpus) == bool(need.gpus)]
    known = [pool for pool in usable if pool.cpu_millis and pool.memory_bytes]
    per_node = {pool.name: pods_per_node(pool, need=need) for pool in known}
    roomiest = max(per_node.values(), default=0)
    return Fit(
        wanted=pods,
        now=sum(per_node[pool.name] * pool.nodes for pool in known),
        most=sum(per_node[pool.name] * pool.most_nodes for pool in known),
        unknown=tuple(pool.name for pool in usable if pool not in known),
        needed_nodes=-(-pods // roomiest) if roomiest else None,
    )


def pods_per_node(pool: Nodes, *, need: PodNeed) -> int:
    """Pods that one node has room for, by the scarcest of CPU, memory and GPUs; at most 110, Kubernetes' default."""
    limits = [MAX_PODS_PER_NODE]
    offered = ((pool.cpu_millis, need.cpu_millis), (pool.memory_bytes, need.memory_bytes), (pool.gpus, need.gpus))
    limits += [have // wanted for have, wanted in offered if wanted]
    return min(limits)


MAX_PODS_PER_NODE = 110
"""GKE's default for Standard clusters: https://cloud.google.com/kubernetes-engine/docs/how-to/flexible-pod-cidr."""
