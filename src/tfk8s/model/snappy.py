"""Unpacks Snappy's raw format, in which TensorFlow stores the blocks of variables.index.

The format is a length and then elements. The low two bits of an element's first byte tell its kind: 0 for literal bytes
that follow, 1 to 3 for a copy of bytes that are already unpacked, with an offset of 11, 16 or 32 bits.
"""

from __future__ import annotations

from tfk8s.model.wire import CutOffError, OverlongError, read_varint

_LARGEST_BLOCK_BYTES = 16 << 20  # a table's blocks have some 256 KiB
_LARGEST_RATIO = 64  # a copy of 64 bytes takes at least one byte; more than that is a lie about the length


class SnappyError(ValueError):
    """The bytes are not Snappy's format."""


def unpack(data: bytes) -> bytes:
    """Unpack one block.

    Raises:
        SnappyError: the data is cut off, points before its start, or has another length than it says.
    """
    try:
        size, position = read_varint(data, 0)
    except (CutOffError, OverlongError) as error:
        raise SnappyError("the length is cut off or no number") from error
    if size > min(_LARGEST_RATIO * len(data), _LARGEST_BLOCK_BYTES):
        raise SnappyError("the length is out of proportion")
    unpacked = bytearray()
    while position < len(data):
        tag = data[position]
        position += 1
        if tag & 3 == 0:
            length, position = _literal_length(data, position, tag=tag)
            if position + length > len(data):
                raise SnappyError("a literal is cut off")
            unpacked += data[position : position + length]
            position += length
        else:
            length, offset, position = _copy(data, position, tag=tag)
            _repeat(unpacked, length=length, offset=offset)
        if len(unpacked) > size:
            raise SnappyError("there is more than the length says")
    if len(unpacked) != size:
        raise SnappyError("there is less than the length says")
    return bytes(unpacked)


def _literal_length(data: bytes, position: int, *, tag: int) -> tuple[int, int]:
    length = tag >> 2
    if length < 60:
        return length + 1, position
    width = length - 59
    return _number(data, position, width=width) + 1, position + width


def _copy(data: bytes, position: int, *, tag: int) -> tuple[int, int, int]:
    """Length, offset, and the position behind the element."""
    if tag & 3 == 1:
        return 4 + (tag >> 2 & 7), (tag >> 5) << 8 | _number(data, position, width=1), position + 1
    width = 2 if tag & 3 == 2 else 4
    return (tag >> 2) + 1, _number(data, position, width=width), position + width


def _number(data: bytes, position: int, *, width: int) -> int:
    if position + width > len(data):
        raise SnappyError("an element is cut off")
    return int.from_bytes(data[position : position + width], "little")


def _repeat(unpacked: bytearray, *, length: int, offset: int) -> None:
    if not 0 < offset <= len(unpacked):
        raise SnappyError("a copy points before the start")
    start = len(unpacked) - offset
    while length > 0:  # the copy may overlap what it makes: a short pattern repeats
        piece = unpacked[start : start + length]
        unpacked += piece
        length -= len(piece)
