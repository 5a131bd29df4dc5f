"""What clients of one version may rely on, compared with the next version: what would break, as they would feel it.

What the server does, as its source and its answers show: a request names its signature; a row of `instances` holds
exactly the inputs, `inputs` all of them, and both may leave the name out where there is one input alone. An answer
over REST has no names where there is one output alone; over gRPC it always has. An input with a default may be left
out. It is the operations that get a tensor which refuse its shape, not the server itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfk8s.model.contract_change import ChangeKind, ContractChange
from tfk8s.model.contract_inputs import accepts, input_changes
from tfk8s.model.contract_outputs import output_changes
from tfk8s.model.info import SERVING_DEFAULT, Signature
from tfk8s.model.renames import signature_renames
from tfk8s.model.shown import shown

__all__ = ["ChangeKind", "ContractChange", "accepts", "compare_contracts", "is_breaking"]


def compare_contracts(old: Sequence[Signature], new: Sequence[Signature]) -> tuple[ContractChange, ...]:
    """All differences that a client can notice, breaking ones first, then in the order of signatures and keys.

    Signatures that no request can name (the initialisation operation, one without outputs) are left out of both sides.
    """
    before = {signature.name: signature for signature in old if signature.is_usable}
    after = {signature.name: signature for signature in new if signature.is_usable}
    changes = list(_signatures(before, after))
    for name in sorted(before.keys() & after.keys()):
        changes += _one_signature(before[name], after[name])
    return tuple(sorted(changes, key=lambda change: not change.is_breaking))


def is_breaking(changes: Sequence[ContractChange]) -> bool:
    """Whether any of them breaks a client."""
    return any(change.is_breaking for change in changes)


def _signatures(before: dict[str, Signature], after: dict[str, Signature]) -> Iterator[ContractChange]:
    gone = {name: before[name] for name in sorted(before.keys() - after.keys())}
    fresh = {name: after[name] for name in sorted(after.keys() - before.keys())}
    renamed = signature_renames(gone, fresh)
    for name in gone:
        left = ", ".join(repr(shown(other)) for other in sorted(after)) or "none"
        felt = f"a request with signature_name {shown(name)!r} would be answered 400: signatures there: {left}"
        if name == SERVING_DEFAULT:
            felt = f"a request that names no signature would be answered 400; signatures there: {left}"
        kind = ChangeKind.SIGNATURE_RENAMED if name in renamed else ChangeKind.SIGNATURE_REMOVED
        yield ContractChange(
            kind=kind, signature=name, before=name, after=renamed.get(name, ""), is_breaking=True, felt=felt
        )
    for name in fresh:
        if name not in renamed.values():
            felt = "requests may name a further signature"
            yield ContractChange(
                kind=ChangeKind.SIGNATURE_ADDED, signature=name, after=name, is_breaking=False, felt=felt
            )


def _one_signature(before: Signature, after: Signature) -> Iterator[ContractChange]:
    if before.method_name != after.method_name:
        yield ContractChange(
            kind=ChangeKind.METHOD_CHANGED,
            signature=before.name,
            before=before.method_name,
            after=after.method_name,
            is_breaking=True,
            felt=f"it is asked with {_call(before)} and would have to be asked with {_call(after)}",
        )
    yield from input_changes(before, after)
    yield from output_changes(before, after)


def _call(signature: Signature) -> str:
    return f":{signature.method_name.rpartition('/')[2] or 'nothing'}"
