"""Pictures and JSON, told apart by their content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.app.question import Picture, Tensors, read_question
from tfk8s.errors import InputError
from tfk8s.ports import Columns, Rows


@pytest.mark.parametrize("start", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"])
def test_a_picture_is_known_by_its_first_bytes(start: bytes) -> None:
    assert read_question(start + b"rest", source="a.txt") == Picture(data=start + b"rest")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"instances": [[1.0]]}', Tensors(body=Rows(instances=[[1.0]]), signature=None)),
        ("[[1.0]]", Tensors(body=Rows(instances=[[1.0]]), signature=None)),
        ('{"inputs": {"x": 1}}', Tensors(body=Columns(inputs={"x": 1}), signature=None)),
        ('{"inputs": [1], "signature_name": "s"}', Tensors(body=Columns(inputs=[1]), signature="s")),
        ("\ufeff[1]", Tensors(body=Rows(instances=[1]), signature=None)),
    ],
)
def test_every_form_of_json_that_the_server_takes_is_read(text: str, expected: Tensors) -> None:
    assert read_question(text.encode(), source="in.json") == expected


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GIF89a", "in.json is no JSON"),
        (b"\x00\xff", "in.json is neither"),
        (b"", "is no JSON"),
        (b"5", "a single value"),
        (b"{}", "none"),
        (b'{"x": 1}', "the keys x"),
        (b'{"instances": [1], "inputs": [1]}', "both instances and inputs"),
        (b'{"instances": 1}', "is no list"),
        (b'{"instances": [1], "signature_name": 5}', "signature_name in in.json is no text"),
        (b"[" * 200_000, "nested too deeply|is no JSON"),
    ],
)
def test_anything_else_is_refused_with_the_forms_there_are(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_question(data, source="in.json")

    assert caught.value.hint


@given(st.binary(max_size=200) | st.text(alphabet='[]{}":,x1 instancepu', max_size=60).map(str.encode))
def test_any_bytes_are_either_understood_or_refused_in_words(data: bytes) -> None:
    assert outcome(data)


def outcome(data: bytes) -> str:
    """The hint of the refusal, or the kind of question; any other exception is a failure."""
    try:
        return type(read_question(data, source="in")).__name__
    except InputError as error:
        return error.hint or ""
