from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.names.printable import one_line, printable


@pytest.mark.parametrize(
    ("char", "shown"),
    [
        ("\ufeff", "\\ufeff"),  # byte order mark
        ("\u200b", "\\u200b"),  # zero width
        ("\u202e", "\\u202e"),  # right to left from here
        ("\u2028", "\\u2028"),  # line separator
        ("\x1b", "\\x1b"),
        ("\x9b", "\\x9b"),
        ("\n", "\\n"),
        ("\ud800", "\\ud800"),  # half of a pair
        ("\U000e0001", "\\U000e0001"),
        ("\u00e9", "\u00e9"),
    ],
)
def test_what_nobody_would_see_is_written_as_an_escape(char: str, shown: str) -> None:
    assert printable(f"a{char}b") == f"a{shown}b"


@given(st.text())
def test_any_text_becomes_one_printable_line_that_can_be_encoded(text: str) -> None:
    assert printable(text).isprintable()
    assert one_line(text).isprintable()
    printable(text).encode()


def test_a_message_of_several_lines_is_joined_by_spaces() -> None:
    assert one_line("a\nb\r\nc\ufeff") == "a b c\\ufeff"
