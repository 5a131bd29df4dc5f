from __future__ import annotations

import math

import pytest
from google.protobuf import text_format
from google.protobuf.struct_pb2 import Struct
from google.protobuf.wrappers_pb2 import StringValue
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.manifest.textproto_writer import Word, quote, write


@given(st.text())
def test_any_text_survives_as_the_value_of_a_field(text: str) -> None:
    written = write([("value", text)])

    assert text_format.Parse(written, StringValue()).value == text
    assert written.count("\n") == 1
    assert written.isascii()


@given(st.text())
def test_no_text_breaks_out_of_a_nested_message(text: str) -> None:
    written = write(
        [("fields", [("key", text), ("value", [("string_value", text)])]), ("fields", [("key", "after" + text)])]
    )

    read = text_format.Parse(written, Struct())
    assert set(read.fields) == {text, "after" + text}
    assert read.fields[text].string_value == text


def test_scalars_are_written_as_the_server_reads_them() -> None:
    written = write([("a", True), ("b", False), ("c", 128), ("d", 0.5), ("e", Word("ANY")), ("f", [])])

    assert written == "a: true\nb: false\nc: 128\nd: 0.5\ne: ANY\nf {\n}\n"


def test_bytes_beyond_ascii_are_octal() -> None:
    assert quote('é"\\\n\x01') == '"\\303\\251\\"\\\\\\n\\001"'


@pytest.mark.parametrize("number", [0.0, 1e-5, 1e300, -2.5, math.pi])
def test_numbers_survive(number: float) -> None:
    read = text_format.Parse(write([("fields", [("key", "k"), ("value", [("number_value", number)])])]), Struct())

    assert read.fields["k"].number_value == number
