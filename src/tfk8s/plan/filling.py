"""How many nodes of described pools pods take: the largest pods first, each on the first node that has room.

Nothing else is on the nodes, neither pods of the system nor of others: a cluster that runs may need a node more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import object_at, objects_at
from tfk8s.plan.room import Amounts, admits, fit, offered_by_pool
from tfk8s.plan.workloads import Workload
from tfk8s.spec.gke_pools import Pool

_GPU_TAINT = "nvidia.com/gpu"
"""GKE gives it to nodes with GPUs, and its toleration to pods that ask for one:
https://cloud.google.com/kubernetes-engine/docs/how-to/gpus."""

_OF_THE_CLOUD = ("kubernetes.io", "k8s.io", "cloud.google.com")
"""Labels of these domains that no spec says are set by the cloud: which value is not known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """Where pods are.

    Attributes:
        nodes: of each pool, by its name.
        waiting: pods without a node, in all.
        unknown: machine types whose nodes are counted at their most, because what they leave to pods is not known.
    """

    nodes: Mapping[str, int]
    waiting: int = 0
    unknown: tuple[str, ...] = ()


def fill(pools: Sequence[Pool], groups: Sequence[tuple[Workload, int]]) -> Filling:
    """Place pods: on nodes that there always are first, then on further ones of the first pool that may grow.

    Args:
        pools: of the cluster.
        groups: kinds of pods, and how many of each.
    """
    free = {pool.name: [offered] * pool.fewest for pool in pools if (offered := offered_by_pool(pool)) is not None}
    unknown = [pool for pool in pools if pool.name not in free]
    waiting = might_wait = 0
    for workload, count in sorted(groups, key=lambda group: _size(group[0].need), reverse=True):
        usable = [pool for pool in pools if takes(pool, workload)]
        left = _placed(usable, free, need=workload.need, count=count)
        if any(pool in unknown for pool in usable):
            might_wait += left
        else:
            waiting += left
    nodes = {pool.name: len(free[pool.name]) if pool.name in free else pool.fewest for pool in pools}
    if might_wait:
        nodes |= {pool.name: pool.most for pool in unknown}
    return Filling(
        nodes=nodes,
        waiting=waiting,
        unknown=tuple(dict.fromkeys(pool.machine_type for pool in unknown)) if might_wait else (),
    )


def _size(need: Amounts) -> tuple[int, int, int]:
    return need.gpus, need.cpu_millis, need.memory_bytes


def _placed(usable: Sequence[Pool], free: dict[str, list[Amounts]], *, need: Amounts, count: int) -> int:
    """Place pods of one kind, and return how many have no node."""
    for pool in usable:
        nodes = free.get(pool.name, [])
        for place, node in enumerate(nodes):
            pods = min(fit(node, need), count)
            nodes[place] = node.minus(_times(need, pods))
            count -= pods
    for pool in usable:
        offered, nodes = offered_by_pool(pool), free.get(pool.name, [])
        while count and offered is not None and len(nodes) < pool.most and fit(offered, need):
            pods = min(fit(offered, need), count)
            nodes.append(offered.minus(_times(need, pods)))
            count -= pods
    return count


def _times(need: Amounts, count: int) -> Amounts:
    return Amounts(
        cpu_millis=need.cpu_millis * count,
        memory_bytes=need.memory_bytes * count,
        gpus=need.gpus * count,
        pods=need.pods * count,
    )


def takes(pool: Pool, workload: Workload) -> bool:
    """Whether pods may run on nodes of a pool, as far as its description tells."""
    node = _node_of(pool)
    labels = object_at(node, "metadata", "labels")
    spec = object_at(workload.template, "spec")
    selector = {
        key: value
        for key, value in object_at(spec, "nodeSelector").items()
        if key in labels or not key.partition("/")[0].endswith(_OF_THE_CLOUD)
    }
    tolerations: list[JsonValue] = list(objects_at(spec, "tolerations"))
    if workload.need.gpus:
        tolerations.append({"key": _GPU_TAINT, "operator": "Exists"})
    template: JsonObject = {"spec": {**spec, "nodeSelector": selector, "tolerations": tolerations}}
    return bool(pool.gpus) == bool(workload.need.gpus) and admits(node, template)


def _node_of(pool: Pool) -> JsonObject:
    """What is known of a node before there is one: its labels and taints."""
    settings = pool.settings
    labels: JsonObject = {
        **settings.node_labels,
        "cloud.google.com/gke-nodepool": pool.name,
        "node.kubernetes.io/instance-type": pool.machine_type,
    }
    taints: list[JsonValue] = [
        {"key": taint.key, "value": taint.value, "effect": taint.effect} for taint in settings.taints
    ]
    if settings.gpu is not None:
        labels["cloud.google.com/gke-accelerator"] = settings.gpu.type
        taints.append({"key": _GPU_TAINT, "value": "present", "effect": "NoSchedule"})
    if settings.spot:
        labels["cloud.google.com/gke-spot"] = "true"
    return {"metadata": {"labels": labels}, "spec": {"taints": taints}}
