"""Leaves the weights out of a large saved_model.pb, so that a graph with constants is read in little memory.

A protobuf reader keeps what it does not know, twice the file in the end. A graph of constants may have 2 GB, of which
names and signatures are a thousandth; so the large fields that nobody asks for are cut out before it is decoded.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tfk8s.model.files import regular_size
from tfk8s.model.wire import Buffer, CutOffError, OverlongError, read_varint, varint

_SMALL_FILE_BYTES = 16 << 20
"""Up to here the file is read as it is: cutting would take longer than it saves."""

_SMALL_FIELD_BYTES = 64 << 10
"""Fields up to here are kept whatever they are; larger ones only on the way to what is needed."""

_DELIMITED = 2


@dataclass(frozen=True, slots=True)
class _Message:
    """Which large fields of a message to keep, and which of these to cut in turn."""

    cut: dict[int, _Message] = field(default_factory=dict)
    kept: frozenset[int] = frozenset()


_NODE = _Message(kept=frozenset({1, 2}))
_LIBRARY = _Message(cut={1: _Message(cut={3: _NODE}, kept=frozenset({1}))})
_GRAPH = _Message(cut={1: _NODE, 2: _LIBRARY})
_META_GRAPH = _Message(cut={2: _GRAPH}, kept=frozenset({1, 4, 5, 6}))
_SAVED_MODEL = _Message(cut={2: _META_GRAPH})


class _MalformedError(ValueError):
    """The bytes are not a message; the decoder says so better than we can."""


def read_graph_bytes(path: Path) -> bytes:
    """The bytes of saved_model.pb, without large values when it is large itself.

    Raises:
        OSError: the file is not there, not a regular file, or cannot be read.
    """
    if regular_size(path) <= _SMALL_FILE_BYTES:
        return path.read_bytes()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        try:
            return without_large_values(mapped)
        except (_MalformedError, CutOffError, OverlongError):
            return bytes(mapped)


def without_large_values(data: Buffer) -> bytes:
    """Copy a SavedModel message without its large values."""
    return b"".join(_pieces(data, 0, len(data), message=_SAVED_MODEL))


def _pieces(data: Buffer, start: int, end: int, *, message: _Message) -> Iterator[bytes]:
    position = start
    while position < end:
        tag, content = read_varint(data, position)
        number, wire_type = tag >> 3, tag & 7
        if wire_type != _DELIMITED:
            after = _after_scalar(data, content, end, wire_type=wire_type)
            yield bytes(data[position:after])
            position = after
            continue
        length, content = read_varint(data, content)
        after = content + length
        if after > end:
            raise _MalformedError
        if length <= _SMALL_FIELD_BYTES or number in message.kept:
            yield bytes(data[position:after])
        elif number in message.cut:
            inner = b"".join(_pieces(data, content, after, message=message.cut[number]))
            yield varint(tag) + varint(len(inner)) + inner
        position = after


def _after_scalar(data: Buffer, position: int, end: int, *, wire_type: int) -> int:
    match wire_type:
        case 0:  # a number of any length
            after = read_varint(data, position)[1]
        case 1:
            after = position + 8
        case 5:
            after = position + 4
        case _:
            raise _MalformedError
    if after > end:
        raise _MalformedError
    return after
