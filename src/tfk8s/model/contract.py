"""What clients of one version may rely on, compared with the next version: what would break, as they would feel it.

What the server does, as its source and its answers show: a request names its signature; a row of `instances` holds
exactly the inputs, `inputs` all of them, and both may leave the name out where there is one input alone. An answer
over REST has no names where there is one output alone; over gRPC it always has. An input with a default may be left
out. It is the operations that get a tensor which refuse its shape, not the server itself.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tfk8s.model.dtype import DType
from tfk8s.model.info import SERVING_DEFAULT, Encoding, Signature, TensorSpec
from tfk8s.model.renames import likely_renames, signature_renames
from tfk8s.model.shown import shape_text, shown

_PREDICT = "tensorflow/serving/predict"


class ChangeKind(enum.Enum):
    """What became of a signature, an input or an output."""

    SIGNATURE_REMOVED = "signature-removed"
    SIGNATURE_RENAMED = "signature-renamed"
    SIGNATURE_ADDED = "signature-added"
    METHOD_CHANGED = "method-changed"
    INPUT_REMOVED = "input-removed"
    INPUT_RENAMED = "input-renamed"
    INPUT_ADDED = "input-added"
    INPUT_DTYPE = "input-dtype"
    INPUT_SHAPE = "input-shape"
    INPUT_ENCODING = "input-encoding"
    INPUT_DEFAULT = "input-default"
    OUTPUT_REMOVED = "output-removed"
    OUTPUT_RENAMED = "output-renamed"
    OUTPUT_ADDED = "output-added"
    OUTPUT_DTYPE = "output-dtype"
    OUTPUT_SHAPE = "output-shape"
    OUTPUT_ENCODING = "output-encoding"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractChange:
    """One difference between what two versions promise.

    Attributes:
        kind: what happened.
        signature: the signature that it happened to, by its old name; by its new one when it is added.
        tensor: the input or output, by its old key; "" when it is about the signature.
        before: the old side in a few words, "" when there was none.
        after: the new side in a few words, "" when there is none.
        is_breaking: whether a client that was answered may be refused, or may read its answer wrongly.
        felt: what a client notices; lower case, no full stop.
    """

    kind: ChangeKind
    signature: str
    tensor: str = ""
    before: str = ""
    after: str = ""
    is_breaking: bool
    felt: str

    def __str__(self) -> str:
        """One line for people."""
        where = f"signature {shown(self.signature)!r}" + (f", {shown(self.tensor)!r}" if self.tensor else "")
        what = " -> ".join(part for part in (self.before, self.after) if part)
        return f"{where}: {self.kind.value}" + (f" ({what})" if what else "") + f": {self.felt}"


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
    yield from _inputs(before, after)
    yield from _outputs(before, after)


def _call(signature: Signature) -> str:
    return f":{signature.method_name.rpartition('/')[2] or 'nothing'}"


def _inputs(before: Signature, after: Signature) -> Iterator[ContractChange]:
    old = {tensor.key: tensor for tensor in before.inputs}
    new = {tensor.key: tensor for tensor in after.inputs}
    gone, fresh = _apart(old, new)
    renamed = likely_renames(gone, fresh)

    def change(kind: ChangeKind, key: str, *, breaking: bool, felt: str, to: TensorSpec | None) -> ContractChange:
        was = _told(old[key]) if key in old else ""
        return ContractChange(
            kind=kind,
            signature=before.name,
            tensor=key,
            before=was,
            after=_told(to) if to else "",
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


def _apart(
    old: dict[str, TensorSpec], new: dict[str, TensorSpec]
) -> tuple[dict[str, TensorSpec], dict[str, TensorSpec]]:
    """What only the old side has, and what only the new one has, by key."""
    gone = {key: old[key] for key in sorted(old.keys() - new.keys())}
    return gone, {key: new[key] for key in sorted(new.keys() - old.keys())}


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


_WHOLE = frozenset(
    {
        DType.DT_INT8,
        DType.DT_INT16,
        DType.DT_INT32,
        DType.DT_INT64,
        DType.DT_UINT8,
        DType.DT_UINT16,
        DType.DT_UINT32,
        DType.DT_UINT64,
    }
)
_BROKEN = frozenset({DType.DT_FLOAT, DType.DT_DOUBLE, DType.DT_HALF, DType.DT_BFLOAT16})


def _conversion(old: TensorSpec, new: TensorSpec) -> str:
    before, after = old.dtype.base, new.dtype.base
    numbers = _WHOLE | _BROKEN
    if before in numbers and after in numbers:
        over_rest = "its numbers are read as the new type"
        if before in _BROKEN and after in _WHOLE:
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


def _outputs(before: Signature, after: Signature) -> Iterator[ContractChange]:
    old = {tensor.key: tensor for tensor in before.outputs}
    new = {tensor.key: tensor for tensor in after.outputs}
    gone, fresh = _apart(old, new)
    renamed = likely_renames(gone, fresh)
    left = ", ".join(repr(shown(key)) for key in sorted(new))
    for key in gone:
        felt = f"`outputs.{shown(key)}` is gone from answers; outputs there: {left}"
        kind, to = ChangeKind.OUTPUT_REMOVED, ""
        if key in renamed:
            felt += _unnamed("over REST the only output comes without a name,", old, new)
            kind, to = ChangeKind.OUTPUT_RENAMED, _told(new[renamed[key]])
        yield ContractChange(
            kind=kind,
            signature=before.name,
            tensor=key,
            before=_told(old[key]),
            after=to,
            is_breaking=True,
            felt=felt,
        )
    for key, tensor in fresh.items():
        if key in renamed.values():
            continue
        named = len(old) == 1 < len(new)
        felt = "answers hold one output more"
        if named:
            felt = (
                f"answers over REST come by name now: predictions[0] was the value, and would be an object with "
                f"{left} (gRPC answers hold one output more)"
            )
        yield ContractChange(
            kind=ChangeKind.OUTPUT_ADDED,
            signature=before.name,
            tensor=key,
            after=_told(tensor),
            is_breaking=named,
            felt=felt,
        )
    for key in sorted(old.keys() & new.keys()):
        yield from _output(before.name, old[key], new[key])


def _output(signature: str, old: TensorSpec, new: TensorSpec) -> Iterator[ContractChange]:
    name = f"`outputs.{shown(old.key)}`"
    if old.encoding is not new.encoding:
        yield ContractChange(
            kind=ChangeKind.OUTPUT_ENCODING,
            signature=signature,
            tensor=old.key,
            before=old.encoding.value,
            after=new.encoding.value,
            is_breaking=True,
            felt=f"{name} would no longer be one dense tensor",
        )
    if old.dtype.base is not new.dtype.base:
        yield ContractChange(
            kind=ChangeKind.OUTPUT_DTYPE,
            signature=signature,
            tensor=old.key,
            before=old.dtype.base.name,
            after=new.dtype.base.name,
            is_breaking=True,
            felt=f"{name} holds {new.dtype.base.name} where a client reads {old.dtype.base.name}",
        )
    if old.shape != new.shape:
        breaking = not _may_be(new.shape, old.shape)
        felt = f"{name} has the shape {shape_text(new)} where a client reads {shape_text(old)}"
        if not breaking:
            felt = f"{name} is told with the shape {shape_text(new)}; one of {shape_text(old)} fits it"
        yield ContractChange(
            kind=ChangeKind.OUTPUT_SHAPE,
            signature=signature,
            tensor=old.key,
            before=shape_text(old),
            after=shape_text(new),
            is_breaking=breaking,
            felt=felt,
        )


def _may_be(shape: tuple[int | None, ...] | None, other: tuple[int | None, ...] | None) -> bool:
    """Whether some tensor fits both: nothing that is known of the one contradicts the other."""
    if shape is None or other is None:
        return True
    if len(shape) != len(other):
        return False
    return all(one is None or two is None or one == two for one, two in zip(shape, other, strict=True))


def _told(tensor: TensorSpec) -> str:
    kind = "" if tensor.encoding is Encoding.DENSE else f" {tensor.encoding.value}"
    return f"{shown(tensor.key)} {tensor.dtype.base.name} {shape_text(tensor)}{kind}"
