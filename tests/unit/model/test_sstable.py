from __future__ import annotations

import pytest

from tests.unit.model.savedmodels import MAGIC, add_block, block, footer, snappy, table
from tfk8s.model.crc32c import masked_crc32c
from tfk8s.model.snappy import SnappyError, unpack
from tfk8s.model.sstable import TableError, read_table
from tfk8s.model.wire import varint

ENTRIES = [(b"", b"header"), (b"layer/bias", b"1"), (b"layer/kernel", b"2" * 300), (b"other", b"")]


def test_the_checksum_is_crc32c_masked_as_leveldb_does() -> None:
    # "123456789" is the check value of CRC-32C; the 32 zero bytes are from RFC 3720, B.4
    for data, checksum in ((b"123456789", 0xE3069283), (bytes(32), 0x8A9136AA)):
        rotated = (checksum >> 15 | checksum << 17) & 0xFFFFFFFF
        assert masked_crc32c(data) == (rotated + 0xA282EAD8) & 0xFFFFFFFF


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("block_entries", [1, 2, 16])
def test_entries_come_back_in_order(kind: int, block_entries: int) -> None:
    assert list(read_table(table(ENTRIES, block_entries=block_entries, kind=kind))) == ENTRIES


def test_every_flipped_bit_of_a_data_block_is_noticed() -> None:
    whole = table(ENTRIES)
    for position in range(len(block(ENTRIES)) + 1):
        damaged = bytearray(whole)
        damaged[position] ^= 0x10

        with pytest.raises(TableError):
            list(read_table(bytes(damaged)))


def test_every_truncation_is_noticed() -> None:
    whole = table(ENTRIES)
    for length in range(len(whole)):
        with pytest.raises(TableError):
            list(read_table(whole[:length]))


def test_another_file_is_told_by_its_last_bytes() -> None:
    with pytest.raises(TableError, match="last 8 bytes"):
        list(read_table(bytes(100)))


def test_a_position_outside_of_the_file_is_noticed() -> None:
    written = bytearray()
    root = add_block(written, block([(b"k", varint(10**9) + varint(5))]), kind=0)

    with pytest.raises(TableError, match="outside"):
        list(read_table(bytes(written) + footer(root, root)))


def test_a_block_that_is_listed_again_and_again_is_refused() -> None:
    written = bytearray()
    data = add_block(written, block([(b"k", b"v")]), kind=0)
    root = add_block(written, block([(b"k", data), (b"l", data)]), kind=0)

    with pytest.raises(TableError, match="overlap"):
        list(read_table(bytes(written) + footer(data, root)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no end mark"),
        (b"\xff\xff\xff\x7f", "restart points"),
        (varint(1) + varint(1) + varint(0) + b"k" + bytes(8), "longer than its block"),
        (varint(0) + varint(50) + varint(0) + b"k" + bytes(4), "longer than its block"),
        (b"\x80" + bytes(4), "cut off"),
        (b"\x80" * 11 + bytes(4), "too long"),
    ],
)
def test_nonsense_in_a_block_with_a_good_checksum_is_noticed(content: bytes, reason: str) -> None:
    written = bytearray()
    data = add_block(written, content, kind=0)
    root = add_block(written, block([(b"z", data)]), kind=0)

    with pytest.raises(TableError, match=reason):
        list(read_table(bytes(written) + footer(data, root)))


def test_an_unknown_kind_of_block_and_a_bad_snappy_block_are_noticed() -> None:
    with pytest.raises(TableError, match="unknown kind 7"):
        list(read_table(table(ENTRIES, kind=7)))
    written = bytearray()
    content = b"\x05\xf0"
    handle = varint(0) + varint(len(content))
    written += content + b"\x01" + masked_crc32c(content + b"\x01").to_bytes(4, "little")
    root = add_block(written, block([(b"z", handle)]), kind=0)
    with pytest.raises(TableError, match="cannot be unpacked"):
        list(read_table(bytes(written) + footer(handle, root)))


def test_the_magic_number_is_leveldbs() -> None:
    assert int.from_bytes(MAGIC, "little") == 0xDB4775248B80FB57


# Elements by hand, from the format's description: a literal tag is (length - 1) << 2; a copy with a one-byte offset is
# 1 | (length - 4) << 2 | (offset >> 8) << 5; with two bytes 2 | (length - 1) << 2; with four bytes 3 | ...
@pytest.mark.parametrize(
    ("packed", "unpacked"),
    [
        (b"\x00", b""),
        (b"\x03\x08abc", b"abc"),
        (b"\x0a\x04ab\x11\x02", b"ababababab"),
        (b"\x06\x08abc\x0a\x03\x00", b"abcabc"),
        (b"\x06\x08abc\x0b\x03\x00\x00\x00", b"abcabc"),
        (b"\x46\xf0\x45" + b"x" * 70, b"x" * 70),
        (b"\xac\x02\xf4\x2b\x01" + b"y" * 300, b"y" * 300),
    ],
)
def test_snappy_elements_are_unpacked(packed: bytes, unpacked: bytes) -> None:
    assert unpack(packed) == unpacked


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (b"", "length is cut off"),
        (b"\xff" * 11, "length is cut off"),
        (b"\xff\xff\xff\x7f\x00a", "out of proportion"),
        (b"\x03\x08ab", "literal is cut off"),
        (b"\x03\xf0", "element is cut off"),
        (b"\x03\x00a\x02\x05\x00", "before the start"),
        (b"\x03\x00a\x02\x00\x00", "before the start"),
        (b"\x01\x08abc", "more than the length"),
        (b"\x04\x08abc", "less than the length"),
    ],
)
def test_broken_snappy_is_refused(packed: bytes, reason: str) -> None:
    with pytest.raises(SnappyError, match=reason):
        unpack(packed)


def test_the_test_packer_is_undone() -> None:
    content = bytes(range(256)) * 3

    assert unpack(snappy(content)) == content
