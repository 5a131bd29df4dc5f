"""What to warn of in the cluster that the spec describes: nodes too small or too few, features that are not on.

Warnings and no refusals: the spec names a cluster that may exist already, with more than the spec says of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfk8s.render.facts import Facts
from tfk8s.render.result import RenderWarning
from tfk8s.spec.gke_front import is_gke_gateway, is_multi_cluster
from tfk8s.spec.gke_machines import GIB, Machine, smallest_for
from tfk8s.spec.gke_pools import Pool, pools_of
from tfk8s.spec.rules_model import GOOGLE_ACCOUNT_ANNOTATION

if TYPE_CHECKING:
    from tfk8s.spec import GkeCluster


def cluster_warnings(facts: Facts) -> Iterator[RenderWarning]:
    """Everything about a described cluster of GKE; Autopilot makes what pods need."""
    cluster = facts.spec.gke_cluster
    if cluster is not None and is_multi_cluster(facts.spec) and cluster.fleet is None:
        yield RenderWarning(
            code="fleet-missing",
            message="expose.gateway.multiCluster needs the cluster in a fleet, which none is by itself",
            hint=f"write fleet: {cluster.project} under cluster, or register it by hand and switch this off",
        )
    if cluster is None or cluster.autopilot:
        return
    yield from _nodes(facts, cluster)
    yield from _identity(facts, cluster)
    if is_gke_gateway(facts.spec) and cluster.gateway_api != "standard":
        yield RenderWarning(
            code="gateway-api-off",
            message="expose.type Gateway needs the Gateway API, which a new cluster of GKE does not have by itself",
            hint="write gatewayApi: standard under cluster",
        )


def _nodes(facts: Facts, cluster: GkeCluster) -> Iterator[RenderWarning]:
    gpus = facts.spec.resources.gpu
    pools = [pool for pool in pools_of(cluster) if pool.gpus >= gpus and bool(pool.gpus) == bool(gpus)]
    if gpus and not pools:
        yield RenderWarning(
            code="gpu-nodes-missing",
            message=f"resources.gpu is {gpus}, and no node of the described cluster has so many GPUs",
            hint="describe them under cluster.nodePools, as {name: gpu, nodes: 1, machineType: g2-standard-8, "
            "gpu: {type: nvidia-l4}}",
        )
        return
    machines = [pool.machine for pool in pools]
    known = [found for found in machines if found is not None]
    if len(known) < len(pools) or not pools:  # a machine that we do not know may be large enough
        return
    room = [_pods(found, facts) for found in known]
    if not any(room):
        yield _small(facts, pools=pools, machines=known)
        return
    most = sum(pods * pool.most for pods, pool in zip(room, pools, strict=True))
    if most < facts.most_pods:
        yield _few(facts, pools=pools, most=most)


def _pods(found: Machine, facts: Facts) -> int:
    cpu_millis, memory_bytes = facts.spec.resources.cpu.milli, facts.memory.value
    return min(found.allocatable_cpu_millis // cpu_millis, found.allocatable_memory_bytes // memory_bytes)


def _small(facts: Facts, *, pools: list[Pool], machines: list[Machine]) -> RenderWarning:
    cpu_millis, memory_bytes = facts.spec.resources.cpu.milli, facts.memory.value
    largest = max(machines, key=lambda found: found.allocatable_cpu_millis)
    kinds = ", ".join(dict.fromkeys(pool.machine_type for pool in pools))
    proposal = smallest_for(cpu_millis=cpu_millis, memory_bytes=memory_bytes) or "a larger machine"
    return RenderWarning(
        code="machine-small",
        message=f"one pod requests {cpu_millis / 1000:g} CPU and {_gib(memory_bytes)}, and a node of {kinds} offers "
        f"{largest.allocatable_cpu_millis / 1000:g} and {_gib(largest.allocatable_memory_bytes)}",
        hint=f"write machineType: {proposal} under cluster; a node never offers all that its machine has",
    )


def _few(facts: Facts, *, pools: list[Pool], most: int) -> RenderWarning:
    nodes = sum(pool.most for pool in pools)
    needed = math.ceil(facts.most_pods / max(1, most // nodes))
    return RenderWarning(
        code="nodes-few",
        message=f"there may be {facts.most_pods} pods, and at most {nodes} nodes have room for {most} of them",
        hint=f"give the cluster up to {needed} nodes in all (nodes, or autoscaling), larger machines, or a lower "
        "scaling.max",
    )


def _gib(value: int) -> str:
    return f"{value / GIB:.1f} GiB"


def _identity(facts: Facts, cluster: GkeCluster) -> Iterator[RenderWarning]:
    account = facts.spec.service_account
    email = account.google_service_account or account.annotations.get(GOOGLE_ACCOUNT_ANNOTATION)
    if email in (None, "none") or cluster.workload_identity:
        return
    yield RenderWarning(
        code="identity-off",
        message=f"pods can act as {email} only in a cluster with Workload Identity, which the described one is without",
        hint="write workloadIdentity: true under cluster",
    )
