"""What a load asks: pictures and JSON that are given, or a body made from the signature."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tfk8s.app.predict import body_of
from tfk8s.app.question import Picture, Question
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.model import DType, Signature, TensorSpec
from tfk8s.ports import Columns, PictureReader, Rows, Scale

_DIGITS: Final = 4
_MOST_ELEMENTS: Final = 50_000_000
_FLOATS: Final = frozenset({DType.DT_FLOAT, DType.DT_DOUBLE, DType.DT_HALF, DType.DT_BFLOAT16})
_WHOLE: Final = frozenset(
    {
        DType.DT_INT8, DType.DT_INT16, DType.DT_INT32, DType.DT_INT64,
        DType.DT_UINT8, DType.DT_UINT16, DType.DT_UINT32, DType.DT_UINT64,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A question, and the file that it came from."""

    name: str
    question: Question


def bodies(
    given: Sequence[Given], *, signature: Signature, pictures: PictureReader, scale: Scale, batch: int, seed: int
) -> tuple[Rows | Columns, ...]:
    """What is sent in turn.

    Args:
        given: Questions; without any, one body is made.
        signature: What the server wants.
        pictures: Fits pictures to it.
        scale: What their samples become.
        batch: Examples in a body that is made.
        seed: Of its numbers.

    Raises:
        InputError: A picture does not fit the signature, or no body can be made from it.
    """
    if not given:
        return (made_body(signature, batch=batch, seed=seed),)
    if batch > 1:
        raise InputError("--batch is for bodies that are made", hint="write the whole batch into the JSON")
    for each in given:
        named = None if isinstance(each.question, Picture) else each.question.signature
        if named not in (None, signature.name):
            raise InputError(f"{each.name} is for signature {named!r}, not {signature.name!r}", hint="use --signature")
    return tuple(body_of(each.question, signature=signature, pictures=pictures, scale=scale) for each in given)


def made_body(signature: Signature, *, batch: int, seed: int) -> Columns:
    """Tensors of the right dtype and shape: random numbers from 0 to 1, and zeros for what may be an index.

    Raises:
        InputError: the shape has an axis of unknown size beside the first, or the dtype has no usual content.
    """
    source = random.Random(seed)  # noqa: S311 - content of a request, no secret
    inputs: JsonObject = {tensor.key: _made(tensor, batch=batch, source=source) for tensor in signature.inputs}
    return Columns(inputs=inputs)


def _made(tensor: TensorSpec, *, batch: int, source: random.Random) -> JsonValue:
    shape = _shape(tensor, batch=batch)
    if tensor.dtype in _FLOATS:
        return _nested(shape, element=lambda: round(source.random(), _DIGITS))
    if tensor.dtype in _WHOLE:
        return _nested(shape, element=lambda: 0)
    if tensor.dtype is DType.DT_BOOL:
        return _nested(shape, element=lambda: False)
    raise _not_made(tensor, f"what its {tensor.dtype.name} are to hold is not in the signature")


def _shape(tensor: TensorSpec, *, batch: int) -> tuple[int, ...]:
    if tensor.shape is None:
        raise _not_made(tensor, "its number of axes is not fixed")
    shape = tuple(
        batch if place == 0 and axis is None else -1 if axis is None else axis
        for place, axis in enumerate(tensor.shape)
    )
    if -1 in shape:
        written = ", ".join("?" if axis is None else str(axis) for axis in tensor.shape)
        raise _not_made(tensor, f"it has axes of no fixed size: [{written}]")
    elements = 1
    for axis in shape:
        elements *= axis
    if elements > _MOST_ELEMENTS:
        raise _not_made(tensor, f"it would have {elements:,} elements")
    return shape


def _nested(shape: tuple[int, ...], *, element: Callable[[], JsonValue]) -> JsonValue:
    if not shape:
        return element()
    return [_nested(shape[1:], element=element) for _ in range(shape[0])]


def _not_made(tensor: TensorSpec, why: str) -> InputError:
    return InputError(
        f"no request can be made for input {tensor.key!r}: {why}",
        hint="give one: --json FILE, or --image FILE for a picture",
    )
