"""JSON values and tensors: what the REST API accepts and how it writes answers."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from tests.modelserver.server import runtime
from tests.modelserver.server.errors import invalid_argument

runtime.prepare()

from tensorflow.python.framework import dtypes  # noqa: E402 - needs prepare()

_MAX_RANK: Final = 64  # numpy's; TensorFlow's own is 254
_JSON_TYPES: Final = {bool: "Boolean", int: "Number", float: "Number", str: "String", dict: "Object", list: "Array"}


def is_base64(value: object) -> bool:
    """Whether a JSON value is `{"b64": "..."}`, which means bytes wherever a string may stand."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get("b64"), str)


def from_json(value: Any, *, dtype: int) -> Any:
    """A JSON value as an array of the TensorFlow type with number `dtype`.

    Raises:
        ServingError: INVALID_ARGUMENT, for a ragged list or a value of another type.
    """
    kind = dtypes.as_dtype(dtype)
    shape = _shape(value)
    if len(shape) > _MAX_RANK:
        raise invalid_argument(f"Encountered list at unexpected level: {_MAX_RANK} expected < {_MAX_RANK}")
    _check_nesting(value, shape, level=0)
    leaves = [_leaf(leaf, kind) for leaf in _leaves(value)]
    if kind == dtypes.string:
        array = np.empty(len(leaves), dtype=object)
        array[:] = leaves
        return array.reshape(shape)
    return np.array(leaves, dtype=kind.as_numpy_dtype).reshape(shape)


def fast_from_json(value: Any, *, dtype: int) -> Any:
    """The same for the common case of numbers, hundreds of times quicker; anything odd takes the slow way.

    A list that mixes numbers with true and false, or decimals with large integers, is not refused here as it should be.
    """
    kind = dtypes.as_dtype(dtype)
    if (kind.is_floating or kind.is_integer) and isinstance(value, list):
        try:
            array = np.array(value)
        except ValueError:  # ragged or too deep: let the slow way say where
            return from_json(value, dtype=dtype)
        if _fits(array, kind):
            return array.astype(kind.as_numpy_dtype)
    return from_json(value, dtype=dtype)


def _fits(array: Any, kind: Any) -> bool:
    if array.dtype.kind == "f":
        return bool(kind.is_floating and (np.abs(array[np.isfinite(array)]) <= float(kind.max)).all())
    if array.dtype.kind != "i" or array.size == 0:
        return False
    if kind.is_floating:
        return bool(np.abs(array).max() <= _exact_limit(kind))
    return bool(kind.min <= array.min() and array.max() <= kind.max)


def _exact_limit(kind: Any) -> int:
    """The largest integer up to which a floating type holds every one."""
    return int(2 ** (np.finfo(kind.as_numpy_dtype).nmant + 1)) - 1


def to_json(array: Any, *, as_bytes: bool) -> Any:
    """An array as JSON-ready lists; `as_bytes` writes strings as base64 objects."""
    array = np.asarray(array)
    if array.dtype.kind in "OS":
        return _strings_to_json(array.tolist(), as_bytes=as_bytes)
    if array.dtype.kind == "f" and array.dtype.itemsize < np.dtype(np.float64).itemsize:
        # Through text, so that a float32 0.1 is written 0.1 and not 0.10000000149011612.
        return array.astype("U").astype(np.float64).tolist()
    if array.dtype.kind not in "fiub":
        raise invalid_argument(f"Failed to write JSON value for tensor type: {array.dtype}")
    return array.tolist()


def _strings_to_json(value: Any, *, as_bytes: bool) -> Any:
    if isinstance(value, list):
        return [_strings_to_json(one, as_bytes=as_bytes) for one in value]
    if as_bytes:
        return {"b64": base64.b64encode(value).decode()}
    return value.decode("utf-8", errors="replace")


def _shape(value: Any) -> tuple[int, ...]:
    shape: list[int] = []
    while isinstance(value, list):
        shape.append(len(value))
        if not value:
            break
        value = value[0]
    return tuple(shape)


def _check_nesting(value: Any, shape: Sequence[int], *, level: int) -> None:
    if not isinstance(value, list):
        if level != len(shape):
            message = (
                f"JSON Value: {json.dumps(value)} found at incorrect level: {level + 1} in the JSON DOM. "
                f"Expected at level: {len(shape)}"
            )
            raise invalid_argument(message)
        return
    if level >= len(shape):
        raise invalid_argument(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        message = f"Encountered list at unexpected size: {len(value)} at level: {level} expected size: {shape[level]}"
        raise invalid_argument(message)
    for one in value:
        _check_nesting(one, shape, level=level + 1)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _leaf(value: Any, kind: Any) -> Any:
    if kind == dtypes.string:
        return _string_leaf(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind.is_floating and is_number:
        return _in_range(value, kind)
    if kind.is_integer and is_number and isinstance(value, int) and kind.min <= value <= kind.max:
        return value
    if kind == dtypes.bool and isinstance(value, bool):
        return value
    raise _type_error(value, kind)


def _string_leaf(value: Any) -> bytes:
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError:
            raise invalid_argument("JSON Parse error: The surrogate pair in string is invalid.") from None
    if is_base64(value):
        text = value["b64"]
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise invalid_argument("Unable to base64 decode") from None
    if isinstance(value, dict):
        raise invalid_argument(f"JSON Value: {json.dumps(value)} not formatted correctly for base64 data")
    raise _type_error(value, dtypes.string)


def _in_range(value: float, kind: Any) -> float:
    is_whole = isinstance(value, int) and -(2**63) <= value < 2**64
    limit = _exact_limit(kind) if is_whole else float(kind.max)
    if (is_whole or isinstance(value, int) or np.isfinite(value)) and abs(value) > limit:
        raise invalid_argument(
            f"Cannot convert JSON value: {json.dumps(value)} to {kind.name} without loss of precision."
        )
    return value


def _type_error(value: Any, kind: Any) -> Exception:
    found = _JSON_TYPES.get(type(value), "Null")
    name = {"float32": "float", "float64": "double"}.get(kind.name, kind.name)
    return invalid_argument(f"JSON Value: {json.dumps(value)} Type: {found} is not of expected type: {name}")


def batch(rows: Sequence[Any], *, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The tensors of a row request: `instances` with one value, or one object of named values, per row.

    Raises:
        ServingError: INVALID_ARGUMENT, when rows differ in kind, in names or in shape.
    """
    named = isinstance(rows[0], dict) and not is_base64(rows[0])
    if not named and len(inputs) > 1:
        message = (
            "instances is a plain list, but expecting list of objects as multiple input tensors required as per "
            "tensorinfo_map"
        )
        raise invalid_argument(message)
    for position, row in enumerate(rows):
        _check_row(row, position=position, named=named, names=set(inputs))
    columns = {name: [row[name] for row in rows] if named else list(rows) for name in inputs}
    return {name: fast_from_json(column, dtype=inputs[name].dtype) for name, column in columns.items()}


def _check_row(row: Any, *, position: int, named: bool, names: set[str]) -> None:
    is_object = isinstance(row, dict) and not is_base64(row)
    if named and not is_object:
        raise invalid_argument(f"Expecting object but got list at item {position} of input list")
    if not named and is_object:
        raise invalid_argument(f"Expecting value/list but got object at item {position} of input list")
    if named and set(row) != names:
        message = (
            f"Failed to process element: {position} of 'instances' list. JSON object: {json.dumps(row)} "
            f"keys must be equal to: {','.join(sorted(names))}"
        )
        raise invalid_argument(message)
