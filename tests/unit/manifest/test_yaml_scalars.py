from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfk8s.manifest.yaml_scalars import _TRAPS, Trap, resolve


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in _TRAPS])
@settings(max_examples=50)
@given(data=st.data())
def test_no_text_that_is_a_trap_passes_for_text(data: st.DataObject, pattern: str) -> None:
    text = data.draw(st.from_regex(pattern.removesuffix("\\Z"), fullmatch=True))

    assert isinstance(resolve(text), (Trap, int, float))
