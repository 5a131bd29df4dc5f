"""The element types of tensors, under the names and numbers that TensorFlow's own `DataType` gives them."""

from __future__ import annotations

import enum

_REFERENCE = 100
"""TensorFlow numbers a reference to type N as N + 100; such types appear in TF1 graphs alone."""


class DType(enum.Enum):
    """A `tensorflow.DataType`: the name is what `saved_model_cli` prints, the value is the number on the wire."""

    DT_INVALID = 0
    DT_FLOAT = 1
    DT_DOUBLE = 2
    DT_INT32 = 3
    DT_UINT8 = 4
    DT_INT16 = 5
    DT_INT8 = 6
    DT_STRING = 7
    DT_COMPLEX64 = 8
    DT_INT64 = 9
    DT_BOOL = 10
    DT_QINT8 = 11
    DT_QUINT8 = 12
    DT_QINT32 = 13
    DT_BFLOAT16 = 14
    DT_QINT16 = 15
    DT_QUINT16 = 16
    DT_UINT16 = 17
    DT_COMPLEX128 = 18
    DT_HALF = 19
    DT_RESOURCE = 20
    DT_VARIANT = 21
    DT_UINT32 = 22
    DT_UINT64 = 23
    DT_FLOAT8_E5M2 = 24
    DT_FLOAT8_E4M3FN = 25
    DT_FLOAT8_E4M3FNUZ = 26
    DT_FLOAT8_E4M3B11FNUZ = 27
    DT_FLOAT8_E5M2FNUZ = 28
    DT_INT4 = 29
    DT_UINT4 = 30
    DT_INT2 = 31
    DT_UINT2 = 32
    DT_FLOAT4_E2M1FN = 33


def dtype_of(number: int) -> DType | None:
    """Find the type with this number on the wire; a reference type counts as what it refers to.

    Returns:
        The type, or None for a number that this release does not know.
    """
    try:
        return DType(number - _REFERENCE if number > _REFERENCE else number)
    except ValueError:
        return None
