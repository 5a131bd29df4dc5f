"""What a spec and its models tell of one pod: processor, memory, load, and its nodes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tfk8s.render.facts import Facts, gather
from tfk8s.render.sizing import LEAST_SERVER_BYTES, MIB, RESIDENT_PERCENT, request_threads
from tfk8s.render.timing import SLOWEST_READ
from tfk8s.spec import GkeCluster, ServiceSpec
from tfk8s.spec.gke_machines import DEFAULT_MACHINE, machine

if TYPE_CHECKING:
    from tfk8s.autoscale.capacity import Surroundings
    from tfk8s.model import ModelInfo
    from tfk8s.render import RenderOptions


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


def _nodes(facts: Facts) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return places on nodes of the spec's cluster; nothing where it does not describe one, or makes nodes itself."""
    cluster = facts.spec.cluster
    if not isinstance(cluster, GkeCluster) or cluster.autopilot:
        return {}, ()
    kind = cluster.machine_type or DEFAULT_MACHINE
    known = machine(kind)
    if known is None:
        return {}, (f"what a {kind} leaves to pods is not known here: --pods-per-node says it",)
    by_cpu = known.allocatable_cpu_millis // facts.spec.resources.cpu.milli
    places = min(by_cpu, known.allocatable_memory_bytes // facts.memory.value)
    if places < 1:
        return {}, (f"no pod fits on a {kind} of the spec's cluster: nodes are not simulated from it",)
    zones, scaling = cluster.zone_count, cluster.autoscaling
    least = cluster.nodes * zones if scaling is None else max(1, scaling.in_all(zones)[0])
    most = cluster.nodes * zones if scaling is None else scaling.in_all(zones)[1]
    found = {"pods_per_node": places, "nodes": least, "max_nodes": most}
    return found, (f"a {kind} holds {places} pods, beside nothing else; {least} to {most} nodes",)
