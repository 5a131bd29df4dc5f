"""Whether a recommended scaling has room: nodes, quota of the namespace, disruption budget.

Each check answers for itself; one that cannot be made says so, and leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, TypeAlias

from tfk8s.errors import Tfk8sError
from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.manifest.fields import condition_of, integer_at, object_at, text_at, time_at, value_at
from tfk8s.manifest.scalers import bounds_of, counts
from tfk8s.manifest.snapshot import is_ready
from tfk8s.plan.capacity import amount_of, pod_request, shown
from tfk8s.plan.room import Room
from tfk8s.ports.cluster import Cluster, ObjectQuery

Verdict: TypeAlias = Literal["holds", "fails", "unknown"]

_POD_RESOURCES = {
    "pods": "",
    "count/pods": "",
    "cpu": "cpu",
    "requests.cpu": "cpu",
    "limits.cpu": "cpu",
    "memory": "memory",
    "requests.memory": "memory",
    "limits.memory": "memory",
    "requests.nvidia.com/gpu": "nvidia.com/gpu",
}
"""Keys of a ResourceQuota that pods of ours count against, and what of a pod does; requests and limits are alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One look at what stands in the way.

    Attributes:
        name: What was looked at.
        verdict: Whether the most pods fit, and the fewest may lose one to a drain.
        text: With the numbers.
        remedy: What to do; "" where nothing is to do.
    """

    name: str
    verdict: Verdict
    text: str
    remedy: str = ""


class Rooms(Protocol):
    """Counts the pods that the nodes of the spec's cluster hold, pools that may grow included."""

    def __call__(self, manifests: Manifests) -> tuple[Room | None, str]:
        """The room, None where nodes are made as they are needed; and the command that makes more, or ""."""
        ...


def checks(manifests: Manifests, *, least: int, cluster: Cluster | None, rooms: Rooms | None) -> tuple[Check, ...]:
    """Look at everything that can be seen from here.

    Args:
        manifests: Of the service with the new scaling.
        least: Fewest pods.
        cluster: Where it runs; None: nobody asks a cluster.
        rooms: Of its nodes.
    """
    return (
        _guarded("nodes", lambda: _nodes(manifests, rooms=rooms)),
        _guarded("quota", lambda: _quota(manifests, cluster=cluster)),
        _budget(manifests, least=least),
    )


def start_seconds(cluster: Cluster, *, namespace: str, labels: dict[str, str]) -> float | None:
    """Seconds from the creation of the service's ready pods until they were ready, the shortest; None without any.

    A pod that lost its readiness for a while tells when it had it again, which makes its start look longer.
    """
    found = []
    for pod in cluster.list(ObjectQuery(api_version="v1", kind="Pod", namespace=namespace, labels=labels)):
        made = time_at(pod, "metadata", "creationTimestamp")
        ready = time_at(condition_of(pod, "Ready"), "lastTransitionTime")
        if is_ready(pod) and made is not None and ready is not None:
            found.append(max((ready - made).total_seconds(), 0.0))  # a node's clock may be behind the API server's
    return min(found, default=None)


def _guarded(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except Tfk8sError as error:
        return Check(name=name, verdict="unknown", text=error.message, remedy=error.hint or "")


def _nodes(manifests: Manifests, *, rooms: Rooms | None) -> Check:
    if rooms is None:
        return Check(name="nodes", verdict="unknown", text="not looked at: no cluster was asked")
    room, remedy = rooms(manifests)
    if room is None:
        return Check(name="nodes", verdict="holds", text="the cluster makes nodes as pods need them")
    need = f"{shown('cpu', Decimal(room.need.cpu_millis) / 1000)} cores and {room.need.memory_bytes // 2**20} MiB each"
    if room.short_of is None:
        return Check(name="nodes", verdict="holds", text=f"the nodes hold {room.pods} pods of {need}")
    text = f"the nodes hold {room.pods} of {room.wanted} pods of {need}; {room.short_of} ends first"
    return Check(name="nodes", verdict="fails", text=text, remedy=remedy)


def _quota(manifests: Manifests, *, cluster: Cluster | None) -> Check:
    if cluster is None:
        return Check(name="quota", verdict="unknown", text="not looked at: no cluster was asked")
    deployment = _one(manifests, "Deployment")
    namespace = deployment.ref.namespace
    quotas = cluster.list(ObjectQuery(api_version="v1", kind="ResourceQuota", namespace=namespace))
    if not quotas:
        return Check(name="quota", verdict="holds", text=f"the namespace {namespace} has no ResourceQuota")
    live = cluster.get(deployment.ref)
    there = integer_at(live, "status", "replicas") if live is not None else 0
    # A roll-out at the maximum has one pod more for a while.
    further = max(most_pods(manifests) + 1 - there, 0)
    broken = [text for quota in quotas for text in _over(quota, deployment, further=further)]
    if broken:
        return Check(name="quota", verdict="fails", text="; ".join(broken), remedy="raise the quota, or lower max")
    names = ", ".join(text_at(quota, "metadata", "name") for quota in quotas)
    return Check(name="quota", verdict="holds", text=f"{further} further pods fit into {names}")


def _over(quota: JsonObject, deployment: Manifest, *, further: int) -> Iterator[str]:
    if object_at(quota, "spec", "scopeSelector") or value_at(quota, "spec", "scopes"):
        return  # of pods of other priorities or kinds: whether ours are meant is not told by the quota alone
    template = object_at(deployment.body, "spec", "template")
    hard, used = (
        object_at(quota, "status", "hard") or object_at(quota, "spec", "hard"),
        object_at(quota, "status", "used"),
    )
    for key, resource in _POD_RESOURCES.items():
        if key not in hard:
            continue
        each = pod_request(template, resource) if resource else Decimal(1)
        wanted, left = each * further, amount_of(hard[key]) - amount_of(used.get(key, "0"))
        if wanted > left:
            name = text_at(quota, "metadata", "name")
            yield (
                f"ResourceQuota/{name} leaves {key} {shown(resource or 'pods', left)}, and {further} further pods "
                f"take {shown(resource or 'pods', wanted)}"
            )


def _budget(manifests: Manifests, *, least: int) -> Check:
    budget = next((item for item in manifests if item.ref.kind == "PodDisruptionBudget"), None)
    if budget is None:
        text = "there is none: a drain of nodes may stop all pods at once"
        return Check(name="disruption budget", verdict="fails", text=text, remedy="set podDisruptionBudget: auto")
    may_go = value_at(budget.body, "spec", "maxUnavailable")
    if least == 1:
        text = f"at 1 pod it lets {may_go} go: while a node is drained nobody answers"
        return Check(name="disruption budget", verdict="fails", text=text, remedy="raise min to 2 (--failures 1)")
    text = f"at {least} pods it lets {may_go} go at a time, so {least - 1} answer while a node is drained"
    return Check(name="disruption budget", verdict="holds", text=text)


def most_pods(manifests: Manifests) -> int:
    """The most that the autoscaler among them may ask for."""
    scaler = next(item for item in manifests if counts(item.ref))
    return bounds_of(scaler.body)[1]


def _one(manifests: Manifests, kind: str) -> Manifest:
    return next(item for item in manifests if item.ref.kind == kind)
