"""The variable-length number that protobuf, LevelDB and Snappy share: seven bits a byte, the lowest first."""

from __future__ import annotations

import mmap
from typing import TypeAlias

Buffer: TypeAlias = "bytes | mmap.mmap"
_LONGEST_BITS = 70  # ten bytes hold any 64-bit number


class CutOffError(ValueError):
    """The bytes end within a number."""


class OverlongError(ValueError):
    """There are more bytes than a 64-bit number has."""


def read_varint(data: Buffer, position: int) -> tuple[int, int]:
    """The number at `position`, and the position behind it.

    Raises:
        CutOffError: the bytes end first.
        OverlongError: it is no 64-bit number.
    """
    value = 0
    for shift in range(0, _LONGEST_BITS, 7):
        if position >= len(data):
            raise CutOffError("a number is cut off")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise OverlongError("a number is too long")


def varint(number: int) -> bytes:
    """The bytes of a number that is not negative."""
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
