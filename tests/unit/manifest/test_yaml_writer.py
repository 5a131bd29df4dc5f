"""Canonical writing: what is written is what was meant, for every reader and for people."""

from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies.values import json_values, texts
from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.manifest.yaml import Path, dump, dump_documents, load_documents, load_one


def read(text: str) -> JsonValue:
    return load_one(text, source="dumped").value


def test_the_form_is_the_one_that_kubectl_shows() -> None:
    value: JsonValue = {
        "kind": "Deployment",
        "metadata": {"labels": {"app.kubernetes.io/name": "resnet"}, "annotations": {}},
        "spec": {
            "replicas": 2,
            "args": ["--port=8500", "a b"],
            "nested": [[1, [2]], [], {"x": {"y": True}, "z": None}],
        },
    }

    assert dump(value) == (
        "kind: Deployment\n"
        "metadata:\n"
        "  labels:\n"
        "    app.kubernetes.io/name: resnet\n"
        "  annotations: {}\n"
        "spec:\n"
        "  replicas: 2\n"
        "  args:\n"
        '  - "--port=8500"\n'
        '  - "a b"\n'
        "  nested:\n"
        "  - - 1\n"
        "    - - 2\n"
        "  - []\n"
        "  - x:\n"
        '      "y": true\n'
        "    z: null\n"
    )


WORDS = "yes No on OFF y N true False null NULL ~ 1 1e3 0o14 010 0x1 1_0 .inf .nan 12:30:00 2020-01-01 << = -"
SIGNS = "# &a *a !a %a @a `a 'a \"a [a {a a, ? : | > a: a. é $(X) --port=8500 a:b"
SPACED = ("", " a", "a ", "\ta", "a\t", "- a", "a: b", "a #b", "{{ x }}", "a b")


@pytest.mark.parametrize("text", [*WORDS.split(), *SIGNS.split(), *SPACED])
def test_text_that_a_reader_could_take_for_something_else_is_quoted(text: str) -> None:
    written = dump({"a": text})

    assert written.startswith('a: "')
    assert read(written) == {"a": text}
    assert yaml.safe_load(written) == {"a": text}


@pytest.mark.parametrize(
    "text", ["resnet", "us-central1", "tensorflow/serving", "v1.2", "A_b", "nightly", "yesterday", "nullable"]
)
def test_ordinary_words_stand_without_quotes(text: str) -> None:
    assert dump({"a": text}) == f"a: {text}\n"


def test_a_configuration_file_is_a_literal_block() -> None:
    text = 'model_config_list {\n  config {\n    name: "x"\n\n  }\n}\n'

    written = dump({"data": {"models.config": text}})

    assert written == (
        'data:\n  models.config: |\n    model_config_list {\n      config {\n        name: "x"\n\n      }\n    }\n'
    )
    assert read(written) == {"data": {"models.config": text}}


def test_a_block_without_a_line_end_at_its_end_keeps_none() -> None:
    assert dump({"a": "b\nc"}) == "a: |-\n  b\n  c\n"


@pytest.mark.parametrize(
    "text", ["\n", "\n\n", "a\n\n", " a\nb", "\na\nb", "a \nb", "a\tb\nc", "a\r\nb", "a\x85b\nc", "a\u2028\nb"]
)
def test_lines_that_a_block_could_not_hold_are_quoted(text: str) -> None:
    written = dump({"a": text})

    assert written.count("\n") == 1
    assert read(written) == {"a": text}
    assert yaml.safe_load(written) == {"a": text}


def test_long_text_is_never_folded() -> None:
    text = "word " * 500

    assert dump({"a": text}).count("\n") == 1


def test_numbers_are_written_in_plain_digits() -> None:
    assert dump([0.1, 1.0, 1e22, -1e-7, -5, 2**63 - 1]) == (
        f"- 0.1\n- 1.0\n- 1{'0' * 22}.0\n- -0.0000001\n- -5\n- 9223372036854775807\n"
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**63, -(2**63) - 1, "\ud800"])
def test_what_no_manifest_can_hold_is_refused_with_its_path(value: JsonValue) -> None:
    with pytest.raises(InputError, match=r"^spec\.x\[0\]: "):
        dump({"spec": {"x": [value]}})


def test_a_key_beyond_what_readers_look_ahead_is_refused() -> None:
    assert read(dump({"k" * 1000: 1})) == {"k" * 1000: 1}
    with pytest.raises(InputError, match="1001 characters"):
        dump({"k" * 1001: 1})


def test_comments_stand_above_their_fields() -> None:
    value: JsonValue = {"spec": {"containers": [{"name": "server", "resources": {"limits": {"memory": "1Gi"}}}, "x"]}}
    comments: dict[Path, str] = {
        (): "written by tfk8s",
        ("spec",): "the wish",
        ("spec", "containers", 0): "the model server",
        ("spec", "containers", 0, "name"): "its name",
        ("spec", "containers", 0, "resources"): "2 versions x 300 MiB\n\n+ 400 MiB",
        ("spec", "containers", 0, "resources", "limits", "memory"): "see above",
        ("spec", "containers", 1): "the second",
    }

    written = dump(value, comments=comments)

    assert written == (
        "# written by tfk8s\n"
        "# the wish\n"
        "spec:\n"
        "  containers:\n"
        "  # the model server\n"
        "  # its name\n"
        "  - name: server\n"
        "    # 2 versions x 300 MiB\n"
        "    #\n"
        "    # + 400 MiB\n"
        "    resources:\n"
        "      limits:\n"
        "        # see above\n"
        '        memory: "1Gi"\n'
        "  # the second\n"
        "  - x\n"
    )
    assert read(written) == value


def test_a_comment_without_its_field_is_our_mistake() -> None:
    with pytest.raises(ValueError, match=r"spec\.gone"):
        dump({"spec": {}}, comments={("spec", "gone"): "lost"})


def test_documents_are_separated() -> None:
    values: list[JsonValue] = [{"a": 1}, [], "x"]

    written = dump_documents(values)

    assert written == "a: 1\n---\n[]\n---\nx\n"
    assert [document.value for document in load_documents(written, source="dumped")] == values


@given(json_values())
def test_what_is_written_is_read_back_here_and_by_a_yaml_1_1_reader(value: JsonValue) -> None:
    written = dump([value])

    assert read(written) == [value]
    assert yaml.safe_load(written) == [value]
    assert dump(read(written)) == written


@given(json_values(), st.data())
def test_no_comment_changes_what_is_read(value: JsonValue, data: st.DataObject) -> None:
    whole: JsonValue = {"a": value, "b": [value]}
    paths = sorted(_paths(whole, ()), key=repr)
    chosen = data.draw(st.lists(st.sampled_from(paths), unique=True))

    written = dump(whole, comments={path: data.draw(texts()) for path in chosen})

    assert read(written) == whole
    assert yaml.safe_load(written) == whole


def _paths(value: JsonValue, path: Path) -> list[Path]:
    found = [path]
    if isinstance(value, dict):
        for key, item in value.items():
            found += _paths(item, (*path, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += _paths(item, (*path, index))
    return found
