"""Which machines carry which GPUs.

Source: https://cloud.google.com/compute/docs/gpus. A type that is not listed here is left to Google to judge.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_ATTACHED: Mapping[str, tuple[int, ...]] = {
    "nvidia-tesla-t4": (1, 2, 4),
    "nvidia-tesla-p4": (1, 2, 4),
    "nvidia-tesla-p100": (1, 2, 4),
    "nvidia-tesla-v100": (1, 2, 4, 8),
}
"""GPUs that are attached to a machine of the N1 series, and how many of them may be."""

_BUILT_IN: Mapping[str, Mapping[str, int]] = {
    "nvidia-l4": {
        **dict.fromkeys([f"g2-standard-{cores}" for cores in (4, 8, 12, 16, 32)], 1),
        "g2-standard-24": 2,
        "g2-standard-48": 4,
        "g2-standard-96": 8,
    },
    "nvidia-tesla-a100": {**{f"a2-highgpu-{count}g": count for count in (1, 2, 4, 8)}, "a2-megagpu-16g": 16},
    "nvidia-a100-80gb": {f"a2-ultragpu-{count}g": count for count in (1, 2, 4, 8)},
    "nvidia-h100-80gb": {f"a3-highgpu-{count}g": count for count in (1, 2, 4, 8)},
    "nvidia-h100-mega-80gb": {"a3-megagpu-8g": 8},
    "nvidia-h200-141gb": {"a3-ultragpu-8g": 8},
    "nvidia-b200": {"a4-highgpu-8g": 8},
}
"""GPUs that are part of a machine type, and how many of them it has."""

_N1 = re.compile(r"(?:n1-(?:standard|highmem|highcpu)-|custom-|n1-custom-)[0-9]")
_NO_GPUS = re.compile(r"(?:e2|n2|n2d|n4|c2|c2d|c3|c3d|c4|c4a|c4d|m1|m2|m3|t2a|t2d)-")


def is_built_in(gpu: str, *, machine: str) -> bool:
    """Whether a GPU is part of the machine type, and of its price."""
    return machine in _BUILT_IN.get(gpu, {})


def machine_misfit(gpu: str, machine: str | None) -> str | None:
    """What is wrong with a machine type for this GPU, or None; without a machine type GKE takes an e2-medium."""
    carriers = _carriers(gpu)
    if machine is None:
        return f"is missing: {gpu} needs {carriers or 'a machine that carries it'}, and GKE's default carries no GPU"
    built_in = _BUILT_IN.get(gpu)
    is_fit = not _NO_GPUS.match(machine)
    if gpu in _ATTACHED:
        is_fit = _N1.match(machine) is not None
    elif built_in is not None:
        is_fit = machine in built_in
    if is_fit:
        return None
    return f"is {machine}, which does not carry {gpu}" + (f": it needs {carriers}" if carriers else "")


def count_misfit(gpu: str, *, machine: str, count: int) -> str | None:
    """What is wrong with the number of GPUs for this machine type, or None."""
    built_in = _BUILT_IN.get(gpu, {}).get(machine)
    if built_in is not None and count != built_in:
        return f"is {count}, and {machine} has {built_in}"
    attached = _ATTACHED.get(gpu)
    if attached is not None and count not in attached:
        return f"is {count}, and a machine takes {_or(attached)} of {gpu}"
    return None


def _carriers(gpu: str) -> str:
    if gpu in _ATTACHED:
        return "a machine of the N1 series, such as n1-standard-4"
    names = tuple(_BUILT_IN.get(gpu, ()))
    return f"a machine such as {names[0]}" if len(names) > 1 else "".join(names)


def _or(numbers: tuple[int, ...]) -> str:
    *first, last = [str(number) for number in numbers]
    return f"{', '.join(first)} or {last}" if first else last
