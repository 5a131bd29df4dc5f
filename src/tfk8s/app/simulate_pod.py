"""What a spec and its models tell of one pod: processor, memory, load, and its nodes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from tfk8s.plan.room import Amounts, fit
from tfk8s.render.facts import Facts, gather
from tfk8s.render.sizing import LEAST_SERVER_BYTES, MIB, RESIDENT_PERCENT, request_threads
from tfk8s.render.timing import SLOWEST_READ
from tfk8s.spec import GkeCluster, ServiceSpec
from tfk8s.spec.gke_machines import DEFAULT_MACHINE, machine

if TYPE_CHECKING:
    from tfk8s.autoscale.capacity import Surroundings
    from tfk8s.model import ModelInfo
    from tfk8s.render import RenderOptions
    from tfk8s.spec.gke_machines import Machine
    from tfk8s.spec.gke_nodes import NodeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecPod:
    """One pod of a spec.

    Attributes:
        replicas: Pods that there always are.
        load_s: Until its models are read, at the slowest; `None`: their size is not known here.
        load_reason: Where that comes from.
        around: What the spec knows of pods and nodes, but for what was said otherwise.
        notes: What was assumed.
    """

    replicas: int
    load_s: float | None
    load_reason: str
    around: Surroundings
    notes: tuple[str, ...]


def pod_of_spec(
    spec: ServiceSpec,
    models: Mapping[str, ModelInfo],
    *,
    options: RenderOptions,
    around: Surroundings,
    said: frozenset[str],
) -> SpecPod:
    """Work out what the spec tells.

    Args:
        spec: The service.
        models: What is known of them by name.
        options: Of rendering.
        around: What is taken where the spec tells nothing.
        said: Fields of it that stay as they are.

    Raises:
        InputError: a model cannot be served as the spec says.
    """
    facts = gather(spec, models, options=options)
    loads = facts.situation.loads
    is_known = all(load.is_known for load in loads)
    read_bytes = sum(load.initial_bytes for load in loads) if is_known else 0
    nodes, notes = _nodes(facts)
    cpu_milli = spec.resources.cpu.milli
    known = {
        "cpu_request_milli": cpu_milli,
        "memory_request_bytes": facts.memory.value,
        "memory_bytes": LEAST_SERVER_BYTES + RESIDENT_PERCENT * read_bytes // 100 if is_known else 0,
        "threads": request_threads(cpu_milli).value,
        **nodes,
    }
    told: dict[str, Any] = {name: value for name, value in known.items() if name not in said}
    return SpecPod(
        replicas=facts.least_pods,
        load_s=math.ceil(read_bytes / SLOWEST_READ) if is_known else None,
        load_reason=f"{read_bytes / MIB:.0f} MiB of models at {SLOWEST_READ // MIB} MiB/s",
        around=replace(around, **told),
        notes=notes,
    )


class _Pool(NamedTuple):
    """Nodes of one machine: their name, places for pods on each, and the fewest and most of them."""

    machine: str
    places: int
    least: int
    most: int


def _nodes(facts: Facts) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return places on nodes of the spec's cluster; nothing where it does not describe one, or makes nodes itself."""
    cluster = facts.spec.cluster
    if not isinstance(cluster, GkeCluster) or cluster.autopilot:
        return {}, ()
    described = [(cluster, cluster.nodes), *((pool, pool.nodes) for pool in cluster.node_pools)]
    pools = []
    for settings, nodes in described:
        kind = settings.machine_type or DEFAULT_MACHINE
        known = machine(kind)
        if known is None:
            return {}, (f"what a {kind} leaves to pods is not known here: --pods-per-node says it",)
        if bool(settings.gpu) == bool(facts.spec.resources.gpu):  # nodes with GPUs take no other pods
            pools.append(_pool(facts, settings, known=known, nodes=nodes, zones=cluster.zone_count))
    fitting = [pool for pool in pools if pool.places]
    if not fitting:
        return {}, ("no pod fits on a node of the spec's cluster: nodes are not simulated from it",)
    alike = [pool for pool in fitting if pool.places == fitting[0].places]
    least, most = sum(pool.least for pool in alike), sum(pool.most for pool in alike)
    kinds = " or ".join(dict.fromkeys(pool.machine for pool in alike))
    notes = [f"{kinds}: {fitting[0].places} pods on a node, beside nothing else; {least} to {most} nodes"]
    notes += [
        f"nodes of {pool.machine} are left out: they hold {pool.places} pods" for pool in fitting if pool not in alike
    ]
    return {"pods_per_node": fitting[0].places, "nodes": max(1, least), "max_nodes": max(1, most)}, tuple(notes)


def _pool(facts: Facts, settings: NodeSettings, *, known: Machine, nodes: int, zones: int) -> _Pool:
    offered = Amounts(
        cpu_millis=known.allocatable_cpu_millis,
        memory_bytes=known.allocatable_memory_bytes,
        gpus=settings.gpu.count if settings.gpu is not None else 0,
    )
    resources = facts.spec.resources
    need = Amounts(cpu_millis=resources.cpu.milli, memory_bytes=facts.memory.value, gpus=resources.gpu, pods=1)
    fixed = nodes * zones
    least, most = (fixed, fixed) if settings.autoscaling is None else settings.autoscaling.in_all(zones)
    return _Pool(settings.machine_type or DEFAULT_MACHINE, fit(offered, need), least, most)
