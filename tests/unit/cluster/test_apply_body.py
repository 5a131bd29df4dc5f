from __future__ import annotations

import json

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tfk8s.cluster.apply_body import apply_body


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
@example(text="🦜 \u2028 \u0085 \x7f \x00 \\ud83e\\udd9c")
@example(text="\\🦜\\\\🦜")
def test_every_text_reads_the_same_as_json_and_as_yaml(text: str) -> None:
    sent = apply_body({"data": {text: text}})

    assert json.loads(sent) == {"data": {text: text}}
    assert yaml.safe_load(sent) == {"data": {text: text}}
