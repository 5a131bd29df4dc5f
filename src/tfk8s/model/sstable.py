"""Reads LevelDB's table format, in which TensorFlow stores variables.index; every offset in the file is distrusted.

A table is a row of blocks and a footer of 48 bytes. The footer points to the index block, whose values point to the
data blocks. A block holds sorted entries, each key without the bytes it shares with the one before, and ends with the
positions of the keys that are whole. Behind each block stand one byte for its compression and a checksum.
"""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.model.crc32c import masked_crc32c
from tfk8s.model.snappy import SnappyError, unpack
from tfk8s.model.wire import CutOffError, OverlongError, read_varint

_FOOTER_BYTES = 48
_MAGIC = bytes.fromhex("57fb808b247547db")
_TRAILER_BYTES = 5
_MOST_UNPACKED_BYTES = 16 << 20
_MOST_ENTRIES = 200_000
"""Of a tensor each; the largest models have a tenth of it."""
_MOST_KEY_BYTES = 64 << 20
"""Of all keys together. Each may repeat a long one before it in three bytes, and is made anew."""


class TableError(ValueError):
    """The bytes are not a whole, undamaged table."""


def read_table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the entries in order of their keys.

    Raises:
        TableError: the file is truncated, or a checksum or position is wrong.
    """
    if len(data) < _FOOTER_BYTES:
        raise TableError(f"{len(data)} bytes are too few for a table")
    footer = data[-_FOOTER_BYTES:]
    if not footer.endswith(_MAGIC):
        raise TableError("the last 8 bytes are not those of a table: the file is cut off or something else")
    _, position = _handle(footer, 0)
    index, _ = _handle(footer, position)
    read_to = unpacked = keys = entries = 0
    for _, value in _entries(_block(data, index)):
        (offset, size), _ = _handle(value, 0)
        if offset < read_to:  # also keeps a hostile index from having one block read over and over
            raise TableError("two blocks overlap")
        read_to = offset + size
        block = _block(data, (offset, size))
        unpacked += len(block)
        if unpacked > _MOST_UNPACKED_BYTES:
            raise TableError(f"its blocks unpack to more than {_MOST_UNPACKED_BYTES >> 20} MiB")
        for key, entry in _entries(block):
            entries += 1
            if entries > _MOST_ENTRIES:
                raise TableError(f"it has more than {_MOST_ENTRIES:,} entries")
            keys += len(key)
            if keys > _MOST_KEY_BYTES:
                raise TableError(f"its keys are longer than {_MOST_KEY_BYTES >> 20} MiB together")
            yield key, entry


def _handle(data: bytes, position: int) -> tuple[tuple[int, int], int]:
    offset, position = _varint(data, position)
    size, position = _varint(data, position)
    return (offset, size), position


def _varint(data: bytes, position: int) -> tuple[int, int]:
    try:
        return read_varint(data, position)
    except (CutOffError, OverlongError) as error:
        raise TableError(str(error)) from error


def _block(data: bytes, handle: tuple[int, int]) -> bytes:
    offset, size = handle
    end = offset + size
    if end + _TRAILER_BYTES > len(data) - _FOOTER_BYTES:
        raise TableError("a block lies outside of the file")
    if masked_crc32c(data[offset : end + 1]) != int.from_bytes(data[end + 1 : end + _TRAILER_BYTES], "little"):
        raise TableError(f"the checksum of the block at byte {offset} is wrong")
    match data[end]:
        case 0:
            return data[offset:end]
        case 1:  # Snappy
            try:
                return unpack(data[offset:end])
            except SnappyError as error:
                raise TableError(f"the block at byte {offset} cannot be unpacked: {error}") from error
        case kind:
            raise TableError(f"the block at byte {offset} is of the unknown kind {kind}")


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(block) < 4:
        raise TableError("a block has no end mark")
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 - 4 * restarts
    if end < 0:
        raise TableError("a block has more restart points than bytes")
    position, key, body = 0, b"", block[:end]
    while position < end:
        shared, position = _varint(body, position)
        unshared, position = _varint(body, position)
        length, position = _varint(body, position)
        start, position = position, position + unshared + length
        if shared > len(key) or position > end:
            raise TableError("an entry is longer than its block")
        key = key[:shared] + body[start : start + unshared]
        yield key, body[start + unshared : position]
