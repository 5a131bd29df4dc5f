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

_MOST_KEPT_BYTES = 32 << 20
"""Of names and operations in a large file; those of the largest graphs are a few megabytes."""

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


class MalformedError(ValueError):
    """The bytes are not a message."""


class MuchLeftError(ValueError):
    """More than `_MOST_KEPT_BYTES` are left without the large values; the text says so."""


def read_graph_bytes(path: Path) -> bytes:
    """The bytes of saved_model.pb, without large values when it is large itself.

    Raises:
        OSError: the file is not there, not a regular file, or cannot be read.
        MalformedError: it is large, and no message.
        MuchLeftError: it is large, and not because of its values.
    """
    if regular_size(path) <= _SMALL_FILE_BYTES:
        return path.read_bytes()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        try:
            return without_large_values(mapped)
        except (CutOffError, OverlongError) as error:
            raise MalformedError(str(error)) from error


def without_large_values(data: Buffer) -> bytes:
    """Copy a SavedModel message without its large values.

    Raises:
        MalformedError, CutOffError, OverlongError: it is no message.
        MuchLeftError: the copy would be large too.
    """
    return b"".join(_pieces(data, 0, len(data), message=_SAVED_MODEL, kept=_Kept()))


class _Kept:
    """Counts what is copied."""

    def __init__(self) -> None:
        self._size_bytes = 0

    def bytes_of(self, data: Buffer, start: int, end: int) -> bytes:
        self._size_bytes += end - start
        if self._size_bytes > _MOST_KEPT_BYTES:
            raise MuchLeftError(f"holds more than {_MOST_KEPT_BYTES >> 20} MiB of names and operations")
        return bytes(data[start:end])


def _pieces(data: Buffer, start: int, end: int, *, message: _Message, kept: _Kept) -> Iterator[bytes]:
    position = start
    while position < end:
        tag, content = read_varint(data, position)
        number, wire_type = tag >> 3, tag & 7
        if wire_type != _DELIMITED:
            after = _after_scalar(data, content, end, wire_type=wire_type)
            yield kept.bytes_of(data, position, after)
            position = after
            continue
        length, content = read_varint(data, content)
        after = content + length
        if after > end:
            raise MalformedError
        if length <= _SMALL_FIELD_BYTES or number in message.kept:
            yield kept.bytes_of(data, position, after)
        elif number in message.cut:
            inner = b"".join(_pieces(data, content, after, message=message.cut[number], kept=kept))
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
            raise MalformedError
    if after > end:
        raise MalformedError
    return after
