"""JSON of others is read, or refused before it takes the computer's memory or the interpreter's stack."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from tests.strategies.values import json_values
from tfk8s.manifest import JsonValue
from tfk8s.manifest.json_text import MAX_DEPTH, MAX_TEXT_BYTES, parse_json, read_json


@given(json_values())
def test_whatever_json_holds_is_read(value: JsonValue) -> None:
    text = json.dumps(value)

    assert read_json(text) == parse_json(text.encode()) == value


@pytest.mark.parametrize("opened", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 500, 100_000])
def test_what_is_nested_too_deeply_is_no_json(opened: str, depth: int) -> None:
    closed = "]" if opened == "[" else "}"

    with pytest.raises(ValueError, match="nested more than 300 levels deep"):
        parse_json(opened * depth + "1" + closed * depth)


def test_as_deep_as_a_tensor_can_be_is_read() -> None:
    assert parse_json("[" * 254 + "]" * 254)


@pytest.mark.parametrize("text", ["[]," * 1_600_000, '"",' * 1_500_000, "1" * (MAX_TEXT_BYTES + 1)])
def test_what_would_take_too_much_memory_is_refused_before_it_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="larger than any answer"):
        read_json(f"[{text}1]")


def test_bytes_that_are_no_text_are_replaced_in_an_answer() -> None:
    assert read_json(b'["\xff"]') == ["\ufffd"]
