"""Tensors on the gRPC wire to nested lists and back, with the standard library alone."""

from __future__ import annotations

import base64
import binascii
import math
import struct
import sys
from array import array
from collections.abc import Iterable
from typing import cast

from tfk8s.errors import InputError, PredictionError
from tfk8s.manifest import JsonValue
from tfk8s.model.dtype import DType, dtype_of
from tfk8s.model.protos.saved_model_pb2 import TensorShapeProto
from tfk8s.serving.instances import FlatTensor, nest
from tfk8s.serving.protos.serving_pb2 import TensorProto

_ARRAYS = {
    DType.DT_FLOAT: "f",
    DType.DT_DOUBLE: "d",
    DType.DT_INT8: "b",
    DType.DT_QINT8: "b",
    DType.DT_UINT8: "B",
    DType.DT_QUINT8: "B",
    DType.DT_INT16: "h",
    DType.DT_QINT16: "h",
    DType.DT_UINT16: "H",
    DType.DT_QUINT16: "H",
    DType.DT_INT32: "i",
    DType.DT_QINT32: "i",
    DType.DT_UINT32: "I",
    DType.DT_INT64: "q",
    DType.DT_UINT64: "Q",
}
"""Types whose elements `array` lays out as TensorFlow does; sizes are the same on every platform that grpcio has."""


MOST_ELEMENTS = 4 << 20
"""Of one output; as lists and numbers of Python they take more than a hundred megabytes."""

_MOST_AXES = 254  # of TensorFlow
_CONTRADICTION = "the server's answer contradicts itself; ask over REST to compare"

_NOT_OF_DTYPE = (TypeError, ValueError, OverflowError, struct.error)


def to_proto(tensor: FlatTensor, *, dtype: DType, key: str) -> TensorProto:
    """Encode an input.

    Raises:
        InputError: an element is not of the dtype, or the dtype cannot be sent.
    """
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in tensor.shape])
    proto = TensorProto(dtype=dtype.value, tensor_shape=shape)
    try:
        if dtype is DType.DT_STRING:
            proto.string_val.extend(_bytes_of(element) for element in tensor.elements)
        else:
            proto.tensor_content = _content(tensor.elements, dtype=dtype)
    except _NOT_OF_DTYPE as error:
        raise InputError(
            f"input {key!r} is {dtype.name}, which cannot hold {_culprit(tensor.elements, dtype=dtype)!r}",
            hint="compare the values with the signature's dtype",
        ) from error
    return proto


def from_proto(proto: TensorProto, *, key: str) -> JsonValue:
    """Decode an output to nested lists; bytes become text, or `{"b64": ...}` when they are no UTF-8.

    Outputs named `*_bytes` are always `{"b64": ...}`, as over REST.

    Raises:
        PredictionError: a dtype that has no JSON form, or fewer elements than the shape asks for.
    """
    dtype = dtype_of(proto.dtype)
    shape = tuple(dim.size for dim in proto.tensor_shape.dim)
    _require_plausible(shape, key=key)
    if dtype is DType.DT_STRING:
        show = _b64 if key.endswith("_bytes") else _text_or_b64
        elements: list[JsonValue] = [show(value) for value in proto.string_val]
    else:
        try:
            elements = _elements(proto, dtype=dtype, key=key)
        except (ValueError, struct.error) as error:
            raise PredictionError(f"output {key!r} cannot be decoded: {error}", hint=_CONTRADICTION) from error
    return nest(_filled(elements, count=math.prod(shape), dtype=dtype, key=key), shape=shape)


def _require_plausible(shape: tuple[int, ...], *, key: str) -> None:
    """A shape is a promise of elements, or of lists without any; each becomes an object here."""
    if len(shape) > _MOST_AXES or min(shape, default=0) < 0:
        raise PredictionError(f"output {key!r} has no shape that a tensor can have", hint=_CONTRADICTION)
    parts = 1
    for size in shape:
        parts *= max(size, 1)
        if parts > MOST_ELEMENTS:
            raise PredictionError(
                f"output {key!r} has more than {MOST_ELEMENTS:,} elements", hint="ask for less at once"
            )


def _content(elements: list[JsonValue], *, dtype: DType) -> bytes:
    if dtype is DType.DT_BOOL:
        return bytes(_strict_bool(element) for element in elements)
    if dtype is DType.DT_HALF:
        return struct.pack(f"<{len(elements)}e", *elements)
    if dtype is DType.DT_BFLOAT16:
        return _little_endian(array("H", map(_bfloat16, _reread(_numbers("f", elements)))))
    code = _ARRAYS.get(dtype)
    if code is None:
        raise InputError(f"tensors of {dtype.name} cannot be sent", hint="choose another signature")
    return _little_endian(_numbers(code, elements))


def _numbers(code: str, elements: list[JsonValue]) -> array[float]:
    return array(code, cast("list[float]", elements))  # array itself refuses what is no number


def _reread(floats: array[float]) -> array[int]:
    """The bits of each float as a number."""
    bits: array[int] = array("I")
    bits.frombytes(floats.tobytes())
    return bits


def _bfloat16(bits: int) -> int:
    """The upper half of a float's bits, rounded to nearest even; a NaN stays one."""
    if bits & 0x7FFFFFFF > 0x7F800000:
        return bits >> 16 | 0x40
    return min(bits + 0x7FFF + (bits >> 16 & 1), 0xFFFFFFFF) >> 16


def _elements(proto: TensorProto, *, dtype: DType | None, key: str) -> list[JsonValue]:
    if dtype is DType.DT_BOOL:
        return [byte != 0 for byte in proto.tensor_content] if proto.tensor_content else [*proto.bool_val]
    if dtype in (DType.DT_HALF, DType.DT_BFLOAT16):
        content = proto.tensor_content or _little_endian(array("H", proto.half_val))
        return [*_halves(content)] if dtype is DType.DT_HALF else [*_bfloats(content)]
    code = _ARRAYS.get(dtype) if dtype is not None else None
    if code is None:
        name = dtype.name if dtype is not None else f"number {proto.dtype}"
        raise PredictionError(
            f"output {key!r} is of type {name}, which has no JSON form", hint="choose a signature without it"
        )
    if proto.tensor_content:
        return [*_array(code, proto.tensor_content)]
    return [*_values(proto, code=code)]


def _values(proto: TensorProto, *, code: str) -> Iterable[float | int]:
    match code:
        case "f":
            return proto.float_val
        case "d":
            return proto.double_val
        case "q":
            return proto.int64_val
        case "I":
            return proto.uint32_val
        case "Q":
            return proto.uint64_val
        case _:
            return proto.int_val


def _halves(content: bytes) -> Iterable[float]:
    return struct.unpack(f"<{len(content) // 2}e", content)


def _bfloats(content: bytes) -> Iterable[float]:
    floats: array[float] = array("f")
    floats.frombytes(array("I", (int(bits) << 16 for bits in _array("H", content))).tobytes())
    return floats


def _filled(elements: list[JsonValue], *, count: int, dtype: DType | None, key: str) -> list[JsonValue]:
    """Repeat the last element up to the count, as TensorFlow does; no element at all stands for zeros."""
    if len(elements) == count:
        return elements
    if len(elements) > count:
        raise PredictionError(
            f"output {key!r} has {len(elements)} elements, its shape asks for {count}",
            hint=_CONTRADICTION,
        )
    zero: JsonValue = "" if dtype is DType.DT_STRING else 0
    last = elements[-1] if elements else zero
    return elements + [last] * (count - len(elements))


def _array(code: str, content: bytes) -> array[float]:
    values: array[float] = array(code)
    values.frombytes(content)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _little_endian(values: array[float] | array[int]) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _strict_bool(element: JsonValue) -> bool:
    if not isinstance(element, bool):
        raise TypeError
    return element


def _bytes_of(element: JsonValue) -> bytes:
    if isinstance(element, str):
        return element.encode("utf-8")
    encoded = element.get("b64") if isinstance(element, dict) else None
    if not isinstance(encoded, str):
        raise TypeError
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise InputError(
            f'{{"b64": ...}} holds no base64: {error}',
            hint="use the standard alphabet (+ and /) with padding, not the one for URLs",
        ) from error


def _b64(value: bytes) -> JsonValue:
    return {"b64": base64.b64encode(value).decode("ascii")}


def _text_or_b64(value: bytes) -> JsonValue:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return _b64(value)


def _culprit(elements: list[JsonValue], *, dtype: DType) -> JsonValue:
    """The first element that cannot be encoded."""
    return next((element for element in elements if not _is_encodable(element, dtype=dtype)), None)


def _is_encodable(element: JsonValue, *, dtype: DType) -> bool:
    try:
        if dtype is DType.DT_STRING:
            _bytes_of(element)
        else:
            _content([element], dtype=dtype)
    except _NOT_OF_DTYPE:
        return False
    return True
