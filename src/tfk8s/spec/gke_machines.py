"""What a machine type has, from its name, and what of it GKE leaves to pods.

Sources: https://cloud.google.com/compute/docs/general-purpose-machines and its sister pages for what machines have;
https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes for what GKE keeps. A node's kernel takes a
little more, so these numbers are upper bounds: what does not fit into them does not fit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

DEFAULT_MACHINE = "e2-medium"
"""What GKE takes when no machine type is given."""

MIB = 1024**2
GIB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a machine has, and what of it pods may request; all per node."""

    cpu_millis: int
    memory_bytes: int
    allocatable_cpu_millis: int
    allocatable_memory_bytes: int


_PREDEFINED = re.compile(r"(?P<series>[a-z0-9]+)-(?P<shape>standard|highmem|highcpu)-(?P<cores>[1-9][0-9]{0,2})\Z")
_CUSTOM = re.compile(r"(?:[a-z0-9]+-)?custom-(?P<cores>[1-9][0-9]{0,2})-(?P<mib>[1-9][0-9]{2,6})(?:-ext)?\Z")

_GIB_PER_CORE = {
    "e2": {"standard": "4", "highmem": "8", "highcpu": "1"},
    "n1": {"standard": "15/4", "highmem": "13/2", "highcpu": "9/10"},
    "n2": {"standard": "4", "highmem": "8", "highcpu": "1"},
    "n2d": {"standard": "4", "highmem": "8", "highcpu": "1"},
    "n4": {"standard": "4", "highmem": "8", "highcpu": "2"},
    "c2": {"standard": "4"},
    "c2d": {"standard": "4", "highmem": "8", "highcpu": "2"},
    "c3": {"standard": "4", "highmem": "8", "highcpu": "2"},
    "t2a": {"standard": "4"},
    "t2d": {"standard": "4"},
    "g2": {"standard": "4"},
}
"""Memory of each vCPU. Series whose memory is not in proportion are left out rather than guessed."""

_BY_NAME = {
    "a2-highgpu-1g": (12, 85),
    "a2-highgpu-2g": (24, 170),
    "a2-highgpu-4g": (48, 340),
    "a2-highgpu-8g": (96, 680),
    "a2-megagpu-16g": (96, 1360),
    "a2-ultragpu-1g": (12, 170),
    "a2-ultragpu-2g": (24, 340),
    "a2-ultragpu-4g": (48, 680),
    "a2-ultragpu-8g": (96, 1360),
    "a3-highgpu-8g": (208, 1872),
}
"""vCPU and GiB of machines with GPUs, whose names do not tell them."""

_SHARED_CORES = {"e2-micro": 1, "e2-small": 2, "e2-medium": 4}
"""GiB of machines that show two vCPU and have a share of them."""

_SHARED_RESERVED_MILLIS = 1060
"""Of the two vCPU of every machine with shared cores."""

_EVICTION_BYTES = 100 * MIB

_SUGGESTED = tuple(f"e2-standard-{cores}" for cores in (2, 4, 8, 16, 32))

SYSTEM_CPU_MILLIS = 300
"""What the pods that GKE runs on every node request, in round numbers; for proposals only, never for a verdict."""


def smallest_for(*, cpu_millis: int, memory_bytes: int) -> str | None:
    """The smallest e2-standard whose node has room for one pod of this size beside those of the system."""
    cpu = cpu_millis + SYSTEM_CPU_MILLIS
    for name in _SUGGESTED:
        found = machine(name)
        if found and found.allocatable_cpu_millis >= cpu and found.allocatable_memory_bytes >= memory_bytes:
            return name
    return None


def machine(machine_type: str) -> Machine | None:
    """What a machine type has; None for one that is not known here."""
    if machine_type in _SHARED_CORES:
        return _known(2, _SHARED_CORES[machine_type] * GIB, reserved_millis=_SHARED_RESERVED_MILLIS)
    if machine_type in _BY_NAME:
        cores, gib = _BY_NAME[machine_type]
        return _known(cores, gib * GIB, reserved_millis=reserved_cpu_millis(cores))
    predefined = _PREDEFINED.match(machine_type)
    if predefined:
        ratio = _GIB_PER_CORE.get(predefined["series"], {}).get(predefined["shape"])
        cores = int(predefined["cores"])
        memory = None if ratio is None else int(Fraction(ratio) * cores * GIB)
        return None if memory is None else _known(cores, memory, reserved_millis=reserved_cpu_millis(cores))
    custom = _CUSTOM.match(machine_type)
    if custom:
        cores = int(custom["cores"])
        return _known(cores, int(custom["mib"]) * MIB, reserved_millis=reserved_cpu_millis(cores))
    return None


def _known(cores: int, memory_bytes: int, *, reserved_millis: int) -> Machine:
    return Machine(
        cpu_millis=1000 * cores,
        memory_bytes=memory_bytes,
        allocatable_cpu_millis=max(0, 1000 * cores - reserved_millis),
        allocatable_memory_bytes=max(0, memory_bytes - reserved_memory_bytes(memory_bytes) - _EVICTION_BYTES),
    )


def reserved_cpu_millis(cores: int) -> int:
    """6 % of the first core, 1 % of the second, 0.5 % of the third and fourth, 0.25 % of every further one."""
    tenths = sum(share for core, share in enumerate((600, 100, 50, 50)) if core < cores) + 25 * max(0, cores - 4)
    return -(-tenths // 10)


def reserved_memory_bytes(memory_bytes: int) -> int:
    """255 MiB below 1 GiB; else 25 % of 4 GiB, 20 % of 4 more, 10 % of 8 more, 6 % of 112 more, 2 % of the rest."""
    if memory_bytes < GIB:
        return 255 * MIB
    reserved, rest = 0, memory_bytes
    for gib, percent in ((4, 25), (4, 20), (8, 10), (112, 6)):
        step = min(rest, gib * GIB)
        reserved += step * percent // 100
        rest -= step
    return reserved + rest * 2 // 100
