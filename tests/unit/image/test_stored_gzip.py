from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.image.stored_gzip import stored_gzip


def _wrapped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    return stored_gzip(chunks, on_end=lambda _: None)


@pytest.mark.parametrize("size", [0, 1, 65534, 65535, 65536, 8 * 65535 - 1, 8 * 65535, 8 * 65535 + 1, 1_000_000])
def test_what_is_wrapped_comes_out_again(size: int) -> None:
    data = bytes(number % 251 for number in range(size))

    assert gzip.decompress(b"".join(_wrapped([data]))) == data


@given(st.lists(st.binary(max_size=200_000), max_size=5), st.integers(min_value=1, max_value=70_000))
def test_the_bytes_do_not_depend_on_how_the_stream_was_cut(chunks: list[bytes], width: int) -> None:
    data = b"".join(chunks)
    other = [data[start : start + width] for start in range(0, len(data), width)]

    assert b"".join(_wrapped(chunks)) == b"".join(_wrapped(other))


def test_the_form_is_fixed_for_all_time() -> None:
    wrapped = b"".join(_wrapped([b"tfk8s"]))

    assert (
        wrapped.hex()
        == (
            "1f8b08000000000000ff"  # deflate, no time, unknown system
            "000500faff" + b"tfk8s".hex() + "010000ffff"  # one stored block, and an empty last one
            "71a12c4e"  # CRC-32
            "05000000"
        )
    )


def test_it_grows_by_less_than_a_ten_thousandth() -> None:
    data = bytes(10_000_000)

    assert len(b"".join(_wrapped([data]))) < len(data) * 1.0001


def test_the_reader_of_tar_files_takes_it() -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("name"))

    with tarfile.open(fileobj=io.BytesIO(b"".join(_wrapped([plain.getvalue()]))), mode="r:gz") as tar:
        assert tar.getnames() == ["name"]


def test_the_checksum_is_told_before_the_end_is_written() -> None:
    told: list[int] = []
    pieces = stored_gzip([b"tf", b"k8s"], on_end=told.append)

    assert gzip.decompress(b"".join(pieces)) == b"tfk8s"
    assert told == [zlib.crc32(b"tfk8s")]


def test_an_objection_keeps_the_end_back() -> None:
    def objects(_: int) -> None:
        message = "changed"
        raise ValueError(message)

    pieces = stored_gzip([b"x" * 600_000], on_end=objects)

    written = next(pieces) + next(pieces)
    with pytest.raises(ValueError, match="changed"):
        next(pieces)

    with pytest.raises(EOFError):
        gzip.decompress(written)
