from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.model.wire import CutOffError, OverlongError, read_varint, varint


@pytest.mark.parametrize(("number", "encoded"), [(0, b"\x00"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")])
def test_a_number_has_seven_bits_a_byte_lowest_first(number: int, encoded: bytes) -> None:
    assert varint(number) == encoded
    assert read_varint(b"?" + encoded + b"?", 1) == (number, 1 + len(encoded))


@given(number=st.integers(0, 2**64 - 1))
def test_every_64_bit_number_comes_back(number: int) -> None:
    assert read_varint(varint(number), 0) == (number, len(varint(number)))


def test_a_number_that_ends_too_early_or_never_is_refused() -> None:
    with pytest.raises(CutOffError):
        read_varint(b"\x80", 0)
    with pytest.raises(OverlongError):
        read_varint(b"\x80" * 11, 0)
