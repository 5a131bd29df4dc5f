"""What must hold before a version is added: clients keep what they rely on, and the memory holds what is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tfk8s.errors import InputError
from tfk8s.model import ModelInfo, Signature
from tfk8s.model.contract import ContractChange, compare_contracts, is_breaking
from tfk8s.render.served import served_models
from tfk8s.render.sizing import MIB, Reasoned, least_bytes, memory_bytes
from tfk8s.spec import ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a pod gets, and what it must have.

    Attributes:
        before: bytes that it gets now.
        after: bytes that it would get.
        least: bytes without which it is killed for certain, with the arithmetic.
        enough: bytes that would do, with the arithmetic.
    """

    before: int
    after: int
    least: Reasoned
    enough: Reasoned

    @property
    def grows(self) -> bool:
        """Whether the limit of the pods changes, which replaces them."""
        return self.after > self.before


def check_contract(
    new: Sequence[Signature], *, served: Sequence[Signature], number: int, before: int, allowed: bool
) -> tuple[ContractChange, ...]:
    """Compare the new version with the one that clients are answered by now.

    Args:
        new: signatures of the new version.
        served: signatures of the other.
        number: the new version.
        before: the other.
        allowed: whether breaking changes may pass.

    Raises:
        InputError: a client would be broken, and that was not allowed; nothing was changed.
    """
    changes = compare_contracts(served, new)
    if not is_breaking(changes) or allowed:
        return changes
    breaking = tuple(str(change) for change in changes if change.is_breaking)
    count = "1 breaking change" if len(breaking) == 1 else f"{len(breaking)} breaking changes"
    raise InputError(
        f"version {number} would break clients of version {before}: {count}",
        hint="export it with the same signatures, or let it through with --allow-breaking; nothing was changed",
        details=breaking,
    )


def check_memory(
    spec: ServiceSpec, models: Mapping[str, ModelInfo], *, before: int, in_memory: Mapping[str, int]
) -> Memory:
    """Hold the versions that are in memory at once against the limit of a pod.

    Args:
        spec: the service with the new version.
        models: what is known of its models.
        before: bytes that a pod gets now.
        in_memory: bytes on disk of every version that is loaded at once, by what to call it.

    Raises:
        InputError: they cannot fit; nothing was changed.
    """
    enough = memory_bytes(tuple(model.load for model in served_models(spec, models)))
    stated = spec.resources.memory
    least = least_bytes(in_memory)
    after = enough.value if stated == "auto" else stated.units
    memory = Memory(before=before, after=after, least=least, enough=enough)
    if after < least.value:
        needed = max(enough.value, least.value)
        raise InputError(
            f"the versions cannot fit into the memory of a pod: {after // MIB} MiB, and they take at least "
            f"{-(-least.value // MIB)} MiB",
            hint=f"set resources.memory to {-(-needed // MIB)}Mi or auto, or load fewer versions (--keep); "
            "nothing was changed",
            details=(f"at least: {least.reason}", f"would do: {enough.reason}"),
        )
    return memory
