"""What became of the outputs of a signature, as whoever reads them feels it."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.model.contract_change import ChangeKind, ContractChange, only_in_one, told
from tfk8s.model.info import Signature, TensorSpec
from tfk8s.model.renames import likely_renames
from tfk8s.model.shown import shape_text, shown


def output_changes(before: Signature, after: Signature) -> Iterator[ContractChange]:
    """Outputs that are gone, renamed, more, or others, in the order of their keys."""
    old = {tensor.key: tensor for tensor in before.outputs}
    new = {tensor.key: tensor for tensor in after.outputs}
    gone, fresh = only_in_one(old, new)
    renamed = likely_renames(gone, fresh)
    left = ", ".join(repr(shown(key)) for key in sorted(new))
    for key in gone:
        felt = f"`outputs.{shown(key)}` is gone from answers; outputs there: {left}"
        kind, to = ChangeKind.OUTPUT_REMOVED, ""
        if key in renamed:
            felt += "; over REST the only output comes without a name, as before" if len(old) == len(new) == 1 else ""
            kind, to = ChangeKind.OUTPUT_RENAMED, told(new[renamed[key]])
        yield ContractChange(
            kind=kind,
            signature=before.name,
            tensor=key,
            before=told(old[key]),
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
            after=told(tensor),
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
