"""The gzip form without compression (RFC 1951 section 3.2.4, RFC 1952): stored blocks, the same bytes everywhere.

Weights hardly compress, and what zlib makes of them changes with its release. Readers that take no plain tar as a layer
(`crane validate` is one) take this, and inflating it is a copy.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

_HEADER: Final = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255))
"""Deflate, no name, no time, an unknown system."""

_BLOCK_BYTES: Final = 65535
_HEAD_BYTES: Final = 5
_BLOCKS: Final = 8
"""So many blocks are written at once."""

_GROUP_BYTES: Final = _BLOCKS * _BLOCK_BYTES
_LAST_BLOCK: Final = struct.pack("<BHH", 1, 0, 0xFFFF)


def stored_gzip(chunks: Iterable[bytes | memoryview], *, on_end: Callable[[int], None]) -> Iterator[bytes]:
    """Wrap a stream; the result depends on its bytes alone, not on how they are cut.

    Args:
        chunks: the stream; each is done with before the next is asked for.
        on_end: told the stream's CRC-32 before the end is written; may raise.
    """
    check = size = filled = 0
    group = _empty_group()
    yield _HEADER
    for chunk in chunks:
        check = zlib.crc32(chunk, check)
        size += len(chunk)
        taken = 0
        while taken < len(chunk):
            block, offset = divmod(filled, _BLOCK_BYTES)
            length = min(len(chunk) - taken, _BLOCK_BYTES - offset)
            start = block * (_BLOCK_BYTES + _HEAD_BYTES) + _HEAD_BYTES + offset
            group[start : start + length] = memoryview(chunk)[taken : taken + length]
            taken += length
            filled += length
            if filled == _GROUP_BYTES:
                yield bytes(group)
                filled = 0
    on_end(check)
    yield _rest(group, size=filled) + _LAST_BLOCK + struct.pack("<II", check, size & 0xFFFFFFFF)


def _empty_group() -> bytearray:
    """Full blocks one after the other: their heads stay, their contents are overwritten."""
    return bytearray((_head(_BLOCK_BYTES) + bytes(_BLOCK_BYTES)) * _BLOCKS)


def _rest(group: bytearray, *, size: int) -> bytes:
    """The blocks of a group that is not full; the last is as long as it has to be."""
    full, last = divmod(size, _BLOCK_BYTES)
    start = full * (_BLOCK_BYTES + _HEAD_BYTES)
    content = group[start + _HEAD_BYTES : start + _HEAD_BYTES + last]
    return bytes(group[:start] + (_head(last) + content if last else b""))


def _head(size: int) -> bytes:
    return struct.pack("<BHH", 0, size, size ^ 0xFFFF)
