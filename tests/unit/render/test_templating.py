from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError

from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import load_one
from tfk8s.render.templating import environment, flow, render_object

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts
values: st.SearchStrategy[JsonValue] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=12
)


@given(values)
def test_any_value_survives_in_the_place_of_a_value(value: JsonValue) -> None:
    text = f"before: 1\nhere: {flow(value)}\nafter: 2\n"

    assert load_one(text, source="text").value == {"before": 1, "here": value, "after": 2}
    assert flow(value).count("\n") == 0


@given(texts, texts)
def test_no_text_breaks_out_of_a_template(one: str, other: str) -> None:
    template = environment().from_string("a:\n  b: {{ one|yaml }}\n  c: [{{ other|yaml }}, 3]\nd: 4\n")

    read = load_one(template.render(one=one, other=other), source="text").value
    assert read == {"a": {"b": one, "c": [other, 3]}, "d": 4}


def test_a_value_without_the_filter_is_refused_even_when_harmless() -> None:
    with pytest.raises(TypeError, match="without the yaml filter"):
        environment().from_string("a: {{ name }}").render(name="harmless")


@pytest.mark.parametrize("text", ["a: {{ missing|yaml }}", "a: {{ missing }}"])
def test_a_missing_value_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(TemplateError, match="missing"):
        environment().from_string(text).render()


def test_every_template_belongs_to_one_object() -> None:
    loader = environment().loader
    assert loader is not None
    for name in environment().list_templates():
        source = loader.get_source(environment(), name)[0]
        assert source.startswith("apiVersion: ")
        assert source.count("\nkind: ") == 1
        assert "---" not in source


@given(st.dictionaries(texts, texts, max_size=3), st.lists(values, max_size=3))
def test_values_take_their_own_places_in_an_object_and_share_nothing_with_it(
    files: dict[str, JsonValue], ports: list[JsonValue]
) -> None:
    metadata: JsonObject = {"name": "value 0", "ports": ports}

    made = render_object("config_map", {"metadata": metadata, "files": files})

    assert made == {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": files}
    assert made["metadata"] is not metadata
    assert render_object("config_map", {"metadata": {}, "files": {"a": "b"}})["data"] == {"a": "b"}


def test_what_yaml_cannot_hold_is_refused() -> None:
    with pytest.raises(InputError, match="surrogate"):
        render_object("config_map", {"metadata": {}, "files": {"a": "\ud800"}})
