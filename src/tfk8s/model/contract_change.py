"""One difference between what two versions of a model promise."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tfk8s.model.info import Encoding, TensorSpec
from tfk8s.model.shown import shape_text, shown


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


def only_in_one(
    old: dict[str, TensorSpec], new: dict[str, TensorSpec]
) -> tuple[dict[str, TensorSpec], dict[str, TensorSpec]]:
    """What only the old side has, and what only the new one has, by key."""
    gone = {key: old[key] for key in sorted(old.keys() - new.keys())}
    return gone, {key: new[key] for key in sorted(new.keys() - old.keys())}


def told(tensor: TensorSpec) -> str:
    """A tensor in a few words."""
    kind = "" if tensor.encoding is Encoding.DENSE else f" {tensor.encoding.value}"
    return f"{shown(tensor.key)} {tensor.dtype.base.name} {shape_text(tensor)}{kind}"
