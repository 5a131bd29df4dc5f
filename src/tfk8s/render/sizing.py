"""How much memory and how many threads a model server needs; every number comes with its reason.

The server's own estimate of a loaded version is 1.2 times its bytes on disk, and it loads a new version before it drops
the old one, so two are in memory at each change (docs/rendering.md, "Memory"). It counts the node's processors, not its
limit, so its thread pools have to be told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MIB = 1024 * 1024

SERVER_BYTES = 768 * MIB
"""A TensorFlow process without a model. Measured: 300 to 524 MB resident; the rest is room for its start."""

LEAST_SERVER_BYTES = 300 * MIB
"""The least that such a process was seen to hold; what leaves it less is killed for certain."""

ACTIVATION_BYTES = 256 * MIB
"""Least room for the tensors of running requests, and for what the allocator keeps after freeing it."""

UNKNOWN_MODEL_BYTES = 512 * MIB
"""Stands for a model that cannot be looked at from here."""

RESIDENT_PERCENT = 120
"""`kResourceEstimateRAMMultiplier` of the server, in percent."""

STEP_BYTES = 64 * MIB
MIN_COPIES = 2


class Reasoned(NamedTuple):
    """A number and, in one sentence, where it comes from."""

    value: int
    reason: str


class ModelLoad(NamedTuple):
    """What one model asks of the server.

    Attributes:
        name: the model's name.
        largest_bytes: bytes on disk of its largest version.
        initial_bytes: bytes on disk of the versions that are loaded before the ports open.
        copies: versions in memory at once, at most.
        warmups: versions that replay recorded requests while they load.
        is_known: False when the size is an assumption.
    """

    name: str
    largest_bytes: int
    initial_bytes: int
    copies: int = MIN_COPIES
    warmups: int = 0
    is_known: bool = True


def copies_in_memory(*, served: int, can_grow: bool) -> int:
    """Versions of one model in memory at once.

    Args:
        served: versions that the policy serves.
        can_grow: whether another version can appear under a running server.
    """
    return max(MIN_COPIES, served + 1 if can_grow else served)


def model_bytes_within(memory: int) -> int:
    """Bytes on disk of the models that fit into a memory in two copies."""
    return memory * 100 // (RESIDENT_PERCENT * MIN_COPIES)


def memory_bytes(loads: Sequence[ModelLoad]) -> Reasoned:
    """The memory that holds the server, every version in flight, and running requests."""
    models = [RESIDENT_PERCENT * load.copies * load.largest_bytes // 100 for load in loads]
    largest = max((load.largest_bytes for load in loads), default=0)
    activations = max(ACTIVATION_BYTES, largest // 2)
    total = SERVER_BYTES + sum(models) + activations
    parts = [f"{SERVER_BYTES // MIB} MiB for the server"]
    parts += [f"{load.copies} x 1.2 x {_mib(load.largest_bytes)} MiB for {load.name!r}" for load in loads]
    parts += [f"{_mib(activations)} MiB for running requests"]
    return Reasoned(
        value=math.ceil(total / STEP_BYTES) * STEP_BYTES,
        reason=f"{' + '.join(parts)}, rounded up to {STEP_BYTES // MIB} MiB; "
        "a new version is loaded before the old one is dropped",
    )


def least_bytes(versions: Mapping[str, int]) -> Reasoned:
    """The memory below which a server with these versions loaded is killed for certain, requests left out.

    Args:
        versions: bytes on disk of each version that is in memory at once, by what to call it.
    """
    total = LEAST_SERVER_BYTES + sum(RESIDENT_PERCENT * size // 100 for size in versions.values())
    parts = [f"{LEAST_SERVER_BYTES // MIB} MiB for the server alone"]
    parts += [f"1.2 x {_mib(size)} MiB for {name}" for name, size in versions.items()]
    return Reasoned(value=total, reason=" + ".join(parts))


def processors(cpu_millis: int) -> int:
    """Whole processors that a CPU limit amounts to, at least one."""
    return max(1, math.ceil(cpu_millis / 1000))


def compute_threads(cpu_millis: int) -> Reasoned:
    """Threads of TensorFlow's own pools, and of batching."""
    return Reasoned(
        value=processors(cpu_millis),
        reason=f"one for each processor of the limit ({_cores(cpu_millis)}); the server would count the node's",
    )


def request_threads(cpu_millis: int) -> Reasoned:
    """Threads that take requests; they wait more than they compute, and the probes need one as well."""
    return Reasoned(
        value=4 * processors(cpu_millis),
        reason=f"four for each processor of the limit ({_cores(cpu_millis)}), the server's own rule; "
        "it would count the node's",
    )


def _mib(size_bytes: int) -> int:
    return math.ceil(size_bytes / MIB)


def _cores(cpu_millis: int) -> str:
    return f"{cpu_millis // 1000} CPU" if cpu_millis % 1000 == 0 else f"{cpu_millis}m CPU"
