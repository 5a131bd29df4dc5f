"""From what a user wrote to whole tensors by input key, refusing what is not rectangular before anything is sent.

The declared shape is not compared: the server does not either, and a signature that says [-1, 1] is commonly, and
successfully, fed [3].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, pairwise

from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.model.info import Signature
from tfk8s.ports import Columns, Rows

Index = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatTensor:
    """A rectangular tensor: its shape, and its elements in row-major order."""

    shape: tuple[int, ...]
    elements: list[JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uneven:
    """Where a nested list stops being rectangular: sizes at two indexes; None stands for a bare value."""

    at: Index
    size: int | None
    first: Index
    first_size: int | None


def is_bytes_object(value: JsonValue) -> bool:
    """Whether the value is `{"b64": ...}`, the API's form of bytes."""
    return isinstance(value, dict) and value.keys() == {"b64"}


def check_body(body: Rows | Columns, *, signature: Signature) -> Mapping[str, FlatTensor]:
    """Whole tensors by input key.

    Raises:
        InputError: an unknown or missing key, or a tensor that is not rectangular; the text names index and sizes.
    """
    columns = _columns_of_rows(body, signature) if isinstance(body, Rows) else _columns(body.inputs, signature)
    known = {tensor.key for tensor in signature.inputs}
    for key in columns:
        if key not in known:
            raise InputError(
                f"signature {signature.name!r} has no input {key!r}",
                hint=f"its inputs are {_listed(signature)}",
            )
    return {key: _rectangular(value, key=key, rows=isinstance(body, Rows)) for key, value in columns.items()}


def _columns(inputs: JsonValue, signature: Signature) -> JsonObject:
    if isinstance(inputs, dict) and not is_bytes_object(inputs):
        return inputs
    return {_only_input(signature): inputs}


def _columns_of_rows(body: Rows, signature: Signature) -> JsonObject:
    if not body.instances:
        raise InputError("there are no instances", hint='write at least one: {"instances": [...]}')
    named = [row if isinstance(row, dict) and not is_bytes_object(row) else None for row in body.instances]
    if named[0] is None:
        return {_only_input(signature): body.instances}
    keys = named[0].keys()
    columns: dict[str, list[JsonValue]] = {key: [] for key in keys}
    for index, row in enumerate(named):
        if row is None or row.keys() != keys:
            found = "is no object" if row is None else f"has the keys {', '.join(sorted(row)) or '(none)'}"
            raise InputError(
                f"instance {index} {found}, instance 0 has the keys {', '.join(sorted(keys))}",
                hint="every instance of one request names the same inputs",
            )
        for key in keys:
            columns[key].append(row[key])
    return {**columns}


def _only_input(signature: Signature) -> str:
    if len(signature.inputs) == 1:
        return signature.inputs[0].key
    raise InputError(
        f"signature {signature.name!r} has {len(signature.inputs)} inputs, so each value must say which one it is for",
        hint=f"write objects with the keys {_listed(signature)}",
    )


def _listed(signature: Signature) -> str:
    return ", ".join(tensor.key for tensor in signature.inputs) or "(none)"


def _rectangular(value: JsonValue, *, key: str, rows: bool) -> FlatTensor:
    flat = flatten(value)
    if isinstance(flat, FlatTensor):
        return flat
    noun = "instance" if rows else "element"
    message = (
        f"input {key!r} is not rectangular: {noun} {_spelled(flat.at)} has {_sized(flat.size)}, "
        f"{noun} {_spelled(flat.first)} has {_sized(flat.first_size)}"
    )
    raise InputError(message, hint="pad or cut them to one shape, or send them in separate requests")


def flatten(value: JsonValue) -> FlatTensor | Uneven:
    """Take a nested list apart, level by level; a bare value has the shape ()."""
    shape: tuple[int, ...] = ()
    level: list[JsonValue] = [value]
    while level and isinstance(level[0], list):
        first_size = len(level[0])
        for place, item in enumerate(level):
            if not isinstance(item, list) or len(item) != first_size:
                size = len(item) if isinstance(item, list) else None
                return Uneven(at=unravel(place, shape), size=size, first=unravel(0, shape), first_size=first_size)
        shape = (*shape, first_size)
        level = list(chain.from_iterable(item for item in level if isinstance(item, list)))
    for place, item in enumerate(level):
        if isinstance(item, list):
            return Uneven(at=unravel(place, shape), size=len(item), first=unravel(0, shape), first_size=None)
    return FlatTensor(shape=shape, elements=level)


def nest(elements: list[JsonValue], *, shape: tuple[int, ...]) -> JsonValue:
    """The inverse of `flatten`: a nested list of that shape, or the bare value for the shape ()."""
    if not shape:
        return elements[0]
    level = elements
    for size, count in _levels(shape):
        level = [level[start * size : (start + 1) * size] for start in range(count)]
    return level


def _levels(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Sizes of the axes but the first, last axis first, each with how many lists of that size there are."""
    counts = []
    count = 1
    for size, following in pairwise(shape):
        count *= size
        counts.append((following, count))
    return counts[::-1]


def unravel(place: int, shape: tuple[int, ...]) -> Index:
    """The index of the element at `place` in row-major order."""
    index: list[int] = []
    for size in reversed(shape):
        place, rest = divmod(place, size)
        index.insert(0, rest)
    return tuple(index)


def _spelled(index: Index) -> str:
    if not index:
        return "(all)"
    return str(index[0]) + "".join(f"[{part}]" for part in index[1:])


def _sized(size: int | None) -> str:
    return "no list but a value" if size is None else f"size {size}"
