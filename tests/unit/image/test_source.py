from __future__ import annotations

from collections.abc import Iterator

import pytest

from tfk8s.errors import InputError
from tfk8s.image.source import BlobSource
from tfk8s.ports import Blob, Digest

DATA = bytes(range(250))


class Counted:
    """A blob that counts how often it was started, and notices whether it was read to its end."""

    def __init__(self, *, fails: bool = False) -> None:
        self.starts = self.ends = 0
        self.fails = fails
        self.blob = Blob(media_type="x", digest=Digest("x"), size_bytes=len(DATA), chunks=self.chunks)

    def chunks(self) -> Iterator[bytes]:
        self.starts += 1
        for start in range(0, len(DATA), 30):
            yield DATA[start : start + 30]
        self.ends += 1
        if self.fails:
            raise InputError("it changed")


def _taken(source: BlobSource, size: int, start: int) -> bytes:
    return b"".join(source.take(size, start=start))


def test_pieces_in_order_read_the_blob_once() -> None:
    counted, read = Counted(), list[int]()
    source = BlobSource(counted.blob, on_read=read.append)

    pieces = [_taken(source, 100, start) for start in (0, 100)] + [_taken(source, 50, 200)]

    assert b"".join(pieces) == DATA
    assert (counted.starts, counted.ends) == (1, 1)
    assert sum(read) == len(DATA)


@pytest.mark.parametrize("start", [0, 1, 29, 30, 99, 100, 249, 250])
def test_it_can_be_read_again_from_any_place(start: int) -> None:
    counted = Counted()
    source = BlobSource(counted.blob, on_read=lambda _: None)
    _taken(source, 100, 0)

    assert _taken(source, 250 - start, start) == DATA[start:]
    assert counted.starts == (1 if start >= 100 else 2)


def test_a_piece_that_was_not_taken_to_its_end_can_be_taken_again() -> None:
    source = BlobSource(Counted().blob, on_read=lambda _: None)

    first = next(iter(source.take(100, start=0)))

    assert first == DATA[:30]
    assert _taken(source, 220, 30) == DATA[30:]


def test_the_blobs_own_check_is_made_with_the_last_piece() -> None:
    source = BlobSource(Counted(fails=True).blob, on_read=lambda _: None)
    _taken(source, 200, 0)

    with pytest.raises(InputError, match="it changed"):
        _taken(source, 50, 200)


def test_an_empty_blob_is_read_too() -> None:
    blob = Blob(media_type="x", digest=Digest("x"), size_bytes=0, chunks=lambda: iter(()))

    assert _taken(BlobSource(blob, on_read=lambda _: None), 0, 0) == b""
