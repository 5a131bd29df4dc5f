"""How many pods the nodes of a cluster hold, and what they run out of first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.plan.capacity import amount_of, pod_request

if TYPE_CHECKING:
    from tfk8s.spec.gke_pools import Pool

MOST_PODS = 110
"""Pods that a kubelet takes unless it is told otherwise, on GKE too."""
_BLOCKING = ("NoSchedule", "NoExecute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What a pod asks for, or a node has left: cores in thousandths, bytes, GPUs, places for pods."""

    cpu_millis: int = 0
    memory_bytes: int = 0
    gpus: int = 0
    pods: int = MOST_PODS

    def minus(self, other: Amounts) -> Amounts:
        """What is left after `other` is taken; never less than nothing."""
        return Amounts(
            cpu_millis=max(self.cpu_millis - other.cpu_millis, 0),
            memory_bytes=max(self.memory_bytes - other.memory_bytes, 0),
            gpus=max(self.gpus - other.gpus, 0),
            pods=max(self.pods - other.pods, 0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRoom:
    """A node pool as far as one service can use it.

    Attributes:
        nodes: what each node that is there has left beside pods of others.
        new_node: what a further node would have left; None when that is not known.
        may_add: how many further nodes there may be.
    """

    name: str
    nodes: tuple[Amounts, ...]
    new_node: Amounts | None
    may_add: int

    def holds(self, need: Amounts) -> int:
        """How many pods fit, all nodes that may be included."""
        return self.by_resource(need, "all")

    def by_resource(self, need: Amounts, resource: str) -> int:
        """As `holds`, with one resource looked at alone (`all` for every one)."""
        added = self.may_add * fit(self.new_node, need, resource=resource) if self.new_node is not None else 0
        return sum(fit(node, need, resource=resource) for node in self.nodes) + added


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The nodes of a cluster against the most pods of a service.

    Attributes:
        need: of one pod.
        wanted: the most pods that there may be.
    """

    need: Amounts
    wanted: int
    pools: tuple[PoolRoom, ...]

    @property
    def pods(self) -> int:
        """How many pods fit."""
        return sum(pool.holds(self.need) for pool in self.pools)

    @property
    def short_of(self) -> str | None:
        """The resource that ends first (`cpu`, `memory`, `nvidia.com/gpu`, `pods`); None when all pods fit."""
        if self.pods >= self.wanted:
            return None
        asked = {"cpu": self.need.cpu_millis, "memory": self.need.memory_bytes, "nvidia.com/gpu": self.need.gpus}
        candidates = [resource for resource in RESOURCES if asked.get(resource, 1)]
        return min(candidates, key=lambda resource: sum(pool.by_resource(self.need, resource) for pool in self.pools))


RESOURCES = ("cpu", "memory", "nvidia.com/gpu", "pods")


def fit(free: Amounts, need: Amounts, *, resource: str = "all") -> int:
    """How many pods fit into one node; a resource that a pod does not ask for is no bound but the number of places."""
    bounds = {"pods": free.pods}
    for name, has, wants in (
        ("cpu", free.cpu_millis, need.cpu_millis),
        ("memory", free.memory_bytes, need.memory_bytes),
        ("nvidia.com/gpu", free.gpus, need.gpus),
    ):
        bounds[name] = has // wants if wants else free.pods
    return min(bounds.values()) if resource == "all" else bounds[resource]


def asked_by(pod: JsonObject) -> Amounts:
    """What the scheduler must find for a pod, or for a pod of a template."""
    return Amounts(
        cpu_millis=int(pod_request(pod, "cpu") * 1000),
        memory_bytes=int(pod_request(pod, "memory")),
        gpus=int(pod_request(pod, "nvidia.com/gpu")),
        pods=1,
    )


def offered_by(node: JsonObject) -> Amounts:
    """What a node gives to pods."""
    offered = {name: amount_of(value_at(node, "status", "allocatable", name)) for name in RESOURCES}
    return Amounts(
        cpu_millis=int(offered["cpu"] * 1000),
        memory_bytes=int(offered["memory"]),
        gpus=int(offered["nvidia.com/gpu"]),
        pods=int(offered["pods"]) or MOST_PODS,
    )


def offered_by_pool(pool: Pool) -> Amounts | None:
    """What each node of a described pool gives to pods, at most; None where its machine is not known here."""
    known = pool.machine
    if known is None:
        return None
    return Amounts(cpu_millis=known.allocatable_cpu_millis, memory_bytes=known.allocatable_memory_bytes, gpus=pool.gpus)


def left_beside(node: JsonObject, pods: Iterable[JsonObject]) -> Amounts:
    """What a node has left beside these pods; those that have ended hold nothing."""
    left = offered_by(node)
    for pod in pods:
        if text_at(pod, "status", "phase") not in ("Succeeded", "Failed"):
            left = left.minus(asked_by(pod))
    return left


def is_on_every_node(pod: JsonObject) -> bool:
    """Whether a further node would run such a pod too: it is of a DaemonSet, or of the node itself."""
    return any(
        text_at(owner, "kind") in ("DaemonSet", "Node") for owner in objects_at(pod, "metadata", "ownerReferences")
    )


def admits(node: JsonObject, template: JsonObject) -> bool:
    """Whether pods of a template may run on a node: it is open, has the labels, and its taints are tolerated."""
    if value_at(node, "spec", "unschedulable") is True:
        return False
    labels = object_at(node, "metadata", "labels")
    selector = object_at(template, "spec", "nodeSelector")
    if any(labels.get(key) != value for key, value in selector.items()):
        return False
    tolerations = objects_at(template, "spec", "tolerations")
    taints = [taint for taint in objects_at(node, "spec", "taints") if text_at(taint, "effect") in _BLOCKING]
    return all(any(_tolerates(toleration, taint) for toleration in tolerations) for taint in taints)


def _tolerates(toleration: JsonObject, taint: JsonObject) -> bool:
    effect, key = text_at(toleration, "effect"), text_at(toleration, "key")
    if effect and effect != text_at(taint, "effect"):
        return False
    if text_at(toleration, "operator") == "Exists":
        return not key or key == text_at(taint, "key")
    return key == text_at(taint, "key") and text_at(toleration, "value") == text_at(taint, "value")
