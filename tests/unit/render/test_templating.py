from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.render.templating import render_object
from tools import compile_templates
from tools.compile_templates import TemplateRefusedError, function_text

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts
values: st.SearchStrategy[JsonValue] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=12
)
HEAD = "apiVersion: v1\nkind: ConfigMap\n"


def test_the_compiled_templates_are_what_the_templates_say() -> None:
    for path, text in compile_templates.generated().items():
        assert path.read_text("utf-8") == text, compile_templates.REMEDY


@given(st.dictionaries(texts, texts, max_size=3), st.lists(values, max_size=3))
def test_values_take_their_own_places_in_an_object_and_share_nothing_with_it(
    files: dict[str, JsonValue], ports: list[JsonValue]
) -> None:
    metadata: JsonObject = {"name": "v", "ports": ports}

    made = render_object("config_map", {"metadata": metadata, "files": files})

    assert made == {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": files}
    assert made["metadata"] is not metadata
    assert render_object("config_map", {"metadata": {}, "files": {"a": "b"}})["data"] == {"a": "b"}


def test_an_optional_part_is_there_when_its_value_is() -> None:
    needed: dict[str, object] = {"metadata": {}, "type": "LoadBalancer", "selector": {}, "ports": []}

    without = render_object("service", {**needed, "source_ranges": []})
    with_it = render_object("service", {**needed, "source_ranges": ["192.0.2.0/24"]})

    assert without["spec"] == {"type": "LoadBalancer", "selector": {}, "ports": []}
    assert with_it["spec"] == {**without["spec"], "loadBalancerSourceRanges": ["192.0.2.0/24"]}


@pytest.mark.parametrize("files", [{"a": "\ud800"}, {"\ud800": "a"}, {"a": ["\ud800"]}])
def test_what_yaml_cannot_hold_is_refused(files: JsonObject) -> None:
    with pytest.raises(InputError, match="surrogate"):
        render_object("config_map", {"metadata": {}, "files": files})


def test_a_missing_value_is_an_error_that_names_it() -> None:
    with pytest.raises(KeyError, match="files"):
        render_object("config_map", {"metadata": {}})


@pytest.mark.parametrize(
    "body",
    [
        "a: {{ name }}\n",
        "a: {{ name|upper|yaml }}\n",
        "a: {{ name.first|yaml }}\n",
        "{% for item in items %}\na: {{ item|yaml }}\n{% endfor %}\n",
        "{% if one %}\na: {{ one|yaml }}\n{% else %}\na: 1\n{% endif %}\n",
        "{% if one and two %}\na: {{ one|yaml }}\n{% endif %}\n",
    ],
)
def test_a_template_with_more_than_filtered_values_and_optional_parts_is_refused(body: str) -> None:
    with pytest.raises(TemplateRefusedError, match="yaml filter"):
        function_text("bad", HEAD + body)


def test_a_condition_within_another_is_refused() -> None:
    body = "{% if one %}\na:\n  c: {{ one|yaml }}\n{% if two %}\n  b: {{ two|yaml }}\n{% endif %}\n{% endif %}\n"
    inverse = "a:\n{% if one %}\n- {{ one|yaml }}\n{% endif %}\n- 1\n"

    assert "if v" in function_text("fine", HEAD + body)
    with pytest.raises(TemplateRefusedError, match="whole keys"):
        function_text("bad", HEAD + inverse)


def test_every_template_belongs_to_one_object() -> None:
    for path in compile_templates.TEMPLATES.iterdir():
        source = path.read_text("utf-8")
        assert source.startswith("apiVersion: ")
        assert source.count("\nkind: ") == 1
        assert "---" not in source
