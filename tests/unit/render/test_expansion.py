from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.render.expansion import verbatim


def kubelet_expand(text: str, variables: dict[str, str]) -> str:
    """The rules of https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/."""
    out = ""
    position = 0
    while position < len(text):
        if text[position] != "$" or position + 1 == len(text):
            out += text[position]
            position += 1
        elif text[position + 1] == "$":
            out += "$"
            position += 2
        elif text[position + 1] == "(" and ")" in text[position:]:
            end = text.index(")", position)
            name = text[position + 2 : end]
            out += variables.get(name, f"$({name})")
            position = end + 1
        else:
            out += text[position : position + 2]
            position += 2
    return out


@given(st.text(alphabet="$()X a'\"=") | st.text())
def test_the_container_gets_any_text_as_it_was_written(text: str) -> None:
    assert kubelet_expand(verbatim(text), {"X": "expanded", "": "empty"}) == text


@pytest.mark.parametrize(("text", "written"), [("$(X)", "$$(X)"), ("a b", "a b"), ("$", "$$"), ("$$", "$$$$")])
def test_each_dollar_is_doubled(text: str, written: str) -> None:
    assert verbatim(text) == written
