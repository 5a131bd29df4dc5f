from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.manifest.textproto import Fields, read
from tfk8s.manifest.textproto_writer import Message, Word, write

names = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
scalars = st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
messages = st.recursive(
    st.lists(st.tuples(names, scalars), max_size=3),
    lambda inner: st.lists(st.tuples(names, scalars | inner), max_size=3),
    max_leaves=8,
)


def fields(message: Message) -> Fields:
    found: Fields = {}
    for name, value in message:
        assert not isinstance(value, Word)
        plain = value if isinstance(value, (bool, int, float, str)) else fields(value)
        found.setdefault(name, []).append(plain)
    return found


@given(messages)
def test_what_we_write_reads_back(message: Message) -> None:
    assert read(write(message)) == fields(message)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('a: "x" # why\n  b : 3', {"a": ["x"], "b": [3]}),
        ("a: 'x' 'y'", {"a": ["xy"]}),
        ("a <b: TENSORFLOW>; a { },", {"a": [{"b": ["TENSORFLOW"]}, {}]}),
        ("v: [1, 0x1f, 017] v: 4", {"v": [1, 31, 15, 4]}),
        ("m: [{a: 1}, {a: 2}] e: []", {"m": [{"a": [1]}, {"a": [2]}], "e": []}),
        ('s: "\\303\\274\\x41\\n\\""', {"s": ['üA\n"']}),
        ("f: 1.5e3f g: .5", {"f": [1500.0], "g": [0.5]}),
        ("", {}),
    ],
)
def test_forms_that_people_write_are_read(text: str, value: Fields) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    "text", ["a", "a {", "a: }", "a 1", '"a": 1', 'a: "x', "a: [1 2]", "{}", "a: 1 }", "€", "a{" * 99]
)
def test_anything_else_is_no_text_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(text)


@pytest.mark.parametrize("text", ["a: 0x" + "f" * 5000, "a: " + "9" * 5000, "a: 1 " * 300_000])
def test_what_is_too_long_is_refused_before_it_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"longer than any number|more than 1,048,576 characters"):
        read(text)
