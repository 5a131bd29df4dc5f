"""The gzip form without compression (RFC 1951 section 3.2.4, RFC 1952): stored blocks, the same bytes everywhere.

Weights hardly compress, and what zlib makes of them changes with its release. Readers that take no plain tar as a layer
(`crane validate` is one) take this, and inflating it is a copy.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

_HEADER: Final = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255))
"""Deflate, no name, no time, an unknown system."""

_BLOCK_BYTES: Final = 65535
_GROUP_BYTES: Final = 4 * _BLOCK_BYTES
"""So many blocks are written at once."""

_LAST_BLOCK: Final = struct.pack("<BHH", 1, 0, 0xFFFF)


def stored_gzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Wrap a stream; the result depends on its bytes alone, not on how they are cut."""
    check, size = 0, 0
    waiting = bytearray()
    yield _HEADER
    for chunk in chunks:
        check = zlib.crc32(chunk, check)
        size += len(chunk)
        waiting += chunk
        while len(waiting) >= _GROUP_BYTES:
            yield _blocks(waiting, size=_GROUP_BYTES)
            del waiting[:_GROUP_BYTES]
    yield _blocks(waiting, size=len(waiting)) + _LAST_BLOCK + struct.pack("<II", check, size & 0xFFFFFFFF)


def _blocks(data: bytearray, *, size: int) -> bytes:
    blocks = bytearray()
    with memoryview(data) as view:
        for start in range(0, size, _BLOCK_BYTES):
            length = min(_BLOCK_BYTES, size - start)
            blocks += struct.pack("<BHH", 0, length, length ^ 0xFFFF)
            blocks += view[start : start + length]
    return bytes(blocks)
