"""Writes arrays into the typed fields of a `TensorProto`, as the real server does unless told otherwise."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tests.modelserver.server import runtime

runtime.prepare()

from tensorflow.core.framework import tensor_pb2  # noqa: E402 - needs prepare()
from tensorflow.python.framework import dtypes, tensor_util  # noqa: E402

_FIELDS: Final = {
    dtypes.float32: "float_val",
    dtypes.float64: "double_val",
    dtypes.int32: "int_val",
    dtypes.int16: "int_val",
    dtypes.int8: "int_val",
    dtypes.uint8: "int_val",
    dtypes.int64: "int64_val",
    dtypes.uint32: "uint32_val",
    dtypes.uint64: "uint64_val",
    dtypes.bool: "bool_val",
    dtypes.string: "string_val",
}


def as_fields(array: Any) -> Any:
    """A `TensorProto` without `tensor_content`; rarer types fall back to it."""
    array = np.asarray(array)
    kind = dtypes.string if array.dtype.kind in "OS" else dtypes.as_dtype(array.dtype)
    field = _FIELDS.get(kind)
    if field is None:
        return tensor_util.make_tensor_proto(array)
    proto = tensor_pb2.TensorProto(dtype=kind.as_datatype_enum)
    proto.tensor_shape.SetInParent()
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    getattr(proto, field).extend(array.ravel().tolist())
    return proto
