"""The checksum of TensorFlow's tables and record files (CRC-32C, RFC 3720 section B.4), which Python does not bring."""

from __future__ import annotations

import functools

_POLYNOMIAL = 0x82F63B78  # Castagnoli, bit-reversed
_MASK_DELTA = 0xA282EAD8  # LevelDB stores checksums rotated and shifted, so that a checksum of checksums stays good


@functools.cache
def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ _POLYNOMIAL if value & 1 else value >> 1
        table.append(value)
    return tuple(table)


def masked_crc32c(data: bytes) -> int:
    """The checksum of `data` as LevelDB stores it."""
    table = _table()
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF
