"""A message that would take far more memory than its bytes is refused before it is decoded."""

from __future__ import annotations

import pytest

from tests.unit.model.savedmodels import graph, saved_model
from tfk8s.model.message_size import (
    MOST_DECODED_BYTES,
    UNCOUNTED_BYTES,
    TooManyPartsError,
    require_decodable,
)
from tfk8s.model.protos.saved_model_pb2 import CallingModel, SavedModel
from tfk8s.model.wire import varint

MIB = 1 << 20


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def require_in_a_mebibyte(data: bytes) -> None:
    for message in (SavedModel, CallingModel):
        require_decodable(data, message, uncounted_bytes=0, most_bytes=MIB)


def test_many_empty_nodes_are_refused() -> None:
    nodes = field(2, field(2, b"\x0a\x00" * 8192))

    with pytest.raises(TooManyPartsError, match="more parts than 1 MiB of memory can hold"):
        require_in_a_mebibyte(nodes)
    require_in_a_mebibyte(field(2, field(2, b"\x0a\x00" * 4096)))


def test_what_is_not_counted_cannot_be_too_much() -> None:
    smallest = 2
    biggest_part = 64  # of a decoder, for a message in another one

    assert UNCOUNTED_BYTES // smallest * biggest_part <= MOST_DECODED_BYTES


def test_a_large_value_counts_as_its_bytes_and_a_whole_model_is_taken() -> None:
    require_in_a_mebibyte(field(2, field(2, field(1, field(5, field(2, field(8, bytes(MIB - 1000))))))))
    require_in_a_mebibyte(saved_model(graph()))


@pytest.mark.parametrize("broken", [b"\xff" * 11, b"\x0b", b"\x12\x7f", b"\x08"])
def test_what_is_no_message_is_left_to_the_decoder(broken: bytes) -> None:
    require_in_a_mebibyte(broken)
    require_in_a_mebibyte(saved_model() + broken)


def test_nesting_deeper_than_a_decoder_follows_is_not_followed() -> None:
    inner = b""
    for _ in range(2000):
        inner = field(5, field(2, inner))

    require_in_a_mebibyte(field(2, field(5, field(2, field(1, field(2, inner))))))
