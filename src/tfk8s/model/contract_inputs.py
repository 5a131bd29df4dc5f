"""What became of the inputs of a signature, as whoever feeds them feels it."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.model.contract_change import ChangeKind, ContractChange, only_in_one, told
from tfk8s.model.dtype import FLOATS, INTEGERS
from tfk8s.model.info import Encoding, Signature, TensorSpec
from tfk8s.model.renames import likely_renames
from tfk8s.model.shown import shape_text, shown


def input_changes(before: Signature, after: Signature) -> Iterator[ContractChange]:
    """Inputs that are gone, renamed, more, or others, in the order of their keys."""
    old = {tensor.key: tensor for tensor in before.inputs}
    new = {tensor.key: tensor for tensor in after.inputs}
    gone, fresh = only_in_one(old, new)
    renamed = likely_renames(gone, fresh)

    def change(kind: ChangeKind, key: str, *, breaking: bool, felt: str, to: TensorSpec | None) -> ContractChange:
        was = told(old[key]) if key in old else ""
        return ContractChange(
            kind=kind,
            signature=before.name,
            tensor=key,
            before=was,
            after=told(to) if to else "",
            is_breaking=breaking,
            felt=felt,
        )

    for key in gone:
        felt = f"a request with {shown(key)!r} would be answered 400: {_wanted(after)}"
        if key in renamed:
            felt += _unnamed("over REST one that leaves the name of its only input away is answered", old, new)
            yield change(ChangeKind.INPUT_RENAMED, key, breaking=True, felt=felt, to=new[renamed[key]])
        else:
            yield change(ChangeKind.INPUT_REMOVED, key, breaking=True, felt=felt, to=None)
    for key, tensor in fresh.items():
        if key in renamed.values():
            continue
        felt = f"a request without {shown(key)!r} would be answered 400: {_wanted(after)}"
        if tensor.has_default:
            felt = "a request may send it, and is answered without it"
        yield change(ChangeKind.INPUT_ADDED, key, breaking=not tensor.has_default, felt=felt, to=tensor)
    for key in sorted(old.keys() & new.keys()):
        yield from _input(before.name, old[key], new[key])


def _unnamed(told: str, old: dict[str, TensorSpec], new: dict[str, TensorSpec]) -> str:
    return f"; {told} as before" if len(old) == len(new) == 1 else ""


def _wanted(signature: Signature) -> str:
    return "inputs there: " + (", ".join(repr(shown(tensor.key)) for tensor in signature.inputs) or "none")


def _input(signature: str, old: TensorSpec, new: TensorSpec) -> Iterator[ContractChange]:
    def change(kind: ChangeKind, before: str, after: str, *, breaking: bool, felt: str) -> ContractChange:
        return ContractChange(
            kind=kind,
            signature=signature,
            tensor=old.key,
            before=before,
            after=after,
            is_breaking=breaking,
            felt=felt,
        )

    name = repr(shown(old.key))
    if old.encoding is not new.encoding:
        breaking = new.encoding is not Encoding.DENSE
        felt = f"a request with {name} cannot be sent: the server takes dense tensors alone"
        if not breaking:
            felt = f"requests may send {name} now"
        yield change(ChangeKind.INPUT_ENCODING, old.encoding.value, new.encoding.value, breaking=breaking, felt=felt)
    if old.dtype.base is not new.dtype.base:
        felt = f"a request with {name} as {old.dtype.base.name} would be answered 400: {_conversion(old, new)}"
        yield change(ChangeKind.INPUT_DTYPE, old.dtype.base.name, new.dtype.base.name, breaking=True, felt=felt)
    if old.shape != new.shape:
        refused = not accepts(new.shape, all_of=old.shape)
        felt = f"every request with {name} that was answered still fits"
        if refused:
            felt = (
                f"a request with {name} of shape {shape_text(old)} need not fit {shape_text(new)}: "
                "it would be answered 400 by the operation that gets it, or be computed wrongly"
            )
        yield change(ChangeKind.INPUT_SHAPE, shape_text(old), shape_text(new), breaking=refused, felt=felt)
    if old.has_default and not new.has_default:
        felt = f"a request without {name} would be answered 400: its default is gone"
        yield change(ChangeKind.INPUT_DEFAULT, "has a default", "has none", breaking=True, felt=felt)
    elif new.has_default and not old.has_default:
        felt = f"a request may leave {name} out"
        yield change(ChangeKind.INPUT_DEFAULT, "has no default", "has one", breaking=False, felt=felt)


def _conversion(old: TensorSpec, new: TensorSpec) -> str:
    before, after = old.dtype.base, new.dtype.base
    numbers = INTEGERS | FLOATS
    if before in numbers and after in numbers:
        over_rest = "its numbers are read as the new type"
        if before in FLOATS and after in INTEGERS:
            over_rest = "numbers with a decimal point are refused"
        return f"the graph takes {after.name} alone (gRPC); over REST {over_rest}"
    return f"the graph takes {after.name} alone"


def accepts(shape: tuple[int | None, ...] | None, *, all_of: tuple[int | None, ...] | None) -> bool:
    """Whether every tensor that fits `all_of` fits `shape`; None is a shape of unknown rank, which any tensor fits."""
    if shape is None:
        return True
    if all_of is None or len(shape) != len(all_of):
        return False
    return all(axis is None or axis == given for axis, given in zip(shape, all_of, strict=True))
