"""What a spec and its models tell of one pod: processor, memory, load, and its nodes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from tfk8s.plan.room import Amounts, fit, offered_by_pool
from tfk8s.render.facts import Facts, gather
from tfk8s.render.sizing import LEAST_SERVER_BYTES, MIB, RESIDENT_PERCENT, request_threads
from tfk8s.render.timing import SLOWEST_READ
from tfk8s.spec import GkeCluster, ServiceSpec
from tfk8s.spec.gke_pools import Pool, pools_of

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


class Places(NamedTuple):
    """A pool, and the pods of a service that one of its nodes holds."""

    pool: Pool
    pods: int


def alike_pools(pools: Iterable[Pool], need: Amounts) -> tuple[tuple[Places, ...], tuple[Places, ...]]:
    """Return the pools that a simulation counts on, whose nodes hold as many pods each, and those of other nodes.

    Raises:
        UnknownMachineError: What one leaves to pods is not known here.
    """
    fitting = []
    for pool in pools:
        offered = offered_by_pool(pool)
        if offered is None:
            raise UnknownMachineError(pool.machine_type)
        if bool(pool.gpus) == bool(need.gpus) and fit(offered, need):  # nodes with GPUs take no other pods
            fitting.append(Places(pool, fit(offered, need)))
    alike = tuple(found for found in fitting if found.pods == fitting[0].pods)
    return alike, tuple(found for found in fitting if found not in alike)


class UnknownMachineError(Exception):
    """A machine type of which nobody here knows what it leaves to pods."""


def _nodes(facts: Facts) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return places on nodes of the spec's cluster; nothing where it does not describe one, or makes nodes itself."""
    cluster = facts.spec.cluster
    if not isinstance(cluster, GkeCluster) or cluster.autopilot:
        return {}, ()
    resources = facts.spec.resources
    need = Amounts(cpu_millis=resources.cpu.milli, memory_bytes=facts.memory.value, gpus=resources.gpu, pods=1)
    try:
        alike, others = alike_pools(pools_of(cluster), need)
    except UnknownMachineError as error:
        return {}, (f"what a {error} leaves to pods is not known here: nodes are not simulated from it",)
    if not alike:
        return {}, ("no pod fits on a node of the spec's cluster: nodes are not simulated from it",)
    least, most = sum(found.pool.fewest for found in alike), sum(found.pool.most for found in alike)
    kinds = " or ".join(dict.fromkeys(found.pool.machine_type for found in alike))
    places = alike[0].pods
    notes = [f"{kinds}: {places} pods on a node, beside nothing else; {least} to {most} nodes"]
    notes += [f"nodes of {found.pool.machine_type} are left out: they hold {found.pods} pods" for found in others]
    return {"pods_per_node": places, "nodes": max(1, least), "max_nodes": max(1, most)}, tuple(notes)
