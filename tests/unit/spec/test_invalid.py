"""Every wrong spec is refused with one sentence for each error, at its line and field, and never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies.values import json_values
from tests.unit.spec import invalid, invalid_scaling
from tests.unit.spec.invalid import HEAD, Invalid
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import dump
from tfk8s.spec import ServiceSpec, load_spec

FIELDS = {field.alias or name for name, field in ServiceSpec.model_fields.items()}


def complaints(text: str | bytes) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_spec(text, source="t.yaml")
    assert caught.value.exit_code == 3
    return [*caught.value.details]


CASES = (*invalid.ALL, *invalid_scaling.ALL)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text[-60:])
def test_a_wrong_spec_is_refused_at_its_line_and_field(case: Invalid) -> None:
    (complaint,) = complaints(case.text)

    place, _, rest = complaint.partition(" ")
    assert place.startswith(f"t.yaml:{case.line}:")
    assert rest.startswith(f"{case.field}: " if case.field else "")
    assert case.says in rest


def test_the_corpus_has_no_case_twice() -> None:
    texts = [case.text for case in CASES]

    assert len(set(texts)) == len(texts) >= 200


def test_all_errors_are_told_in_one_go() -> None:
    found = complaints("""\
apiVersion: v1
nam: resnet
model: {source: s3://b/m, versions: 3}
scaling: {min: -1, max: 5, metrics: [{cpu: 101}]}
serving: {env: {A: 1, B: no}}
""")

    assert [line.split(": ")[0] + " " + line.split(": ")[1] for line in found] == [
        "t.yaml:1:1 name",
        "t.yaml:1:13 apiVersion",
        "t.yaml:2:1 nam",
        "t.yaml:3:17 model.source",
        "t.yaml:3:37 model.versions",
        "t.yaml:4:16 scaling.min",
        "t.yaml:4:44 scaling.metrics[0].cpu",
        "t.yaml:5:20 serving.env.A",
        "t.yaml:5:26 serving.env.B",
    ]


def test_all_broken_rules_are_told_in_one_go() -> None:
    found = complaints(HEAD + "scaling: {min: 3, max: 2}\nexpose: {ports: [rest, rest], sourceRanges: [10.0.0.0/8]}\n")

    assert [line.split(": ")[1] for line in found] == ["scaling.min", "expose.ports[1]", "expose.sourceRanges"]


def test_a_node_port_is_given_to_one_port() -> None:
    found = complaints(HEAD + "expose: {type: NodePort, ports: [rest, grpc], nodePorts: {rest: 30080, grpc: 30080}}\n")

    assert [line.split(": ", 1)[1] for line in found] == [
        "expose.nodePorts.rest: 30080 is given to two ports",
        "expose.nodePorts.grpc: 30080 is given to two ports",
    ]


@pytest.mark.parametrize("length", [51, 63, 64, 300])
def test_a_name_without_room_for_suffixes_is_refused_with_the_limit(length: int) -> None:
    """K14.2; a name of 50 is tested with every suffix in test_names.py."""
    (complaint,) = complaints(f"apiVersion: tfk8s.dev/v1\nname: {'n' * length}\nmodel: {{source: ./m}}\n")

    assert "at most 50 characters" in complaint
    assert load_spec(f"apiVersion: tfk8s.dev/v1\nname: {'n' * 50}\nmodel: {{source: ./m}}\n").name == "n" * 50


def test_a_manifest_is_recognised_as_one() -> None:
    with pytest.raises(InputError, match=r"t\.yaml is a Kubernetes Deployment, not a spec") as caught:
        load_spec("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n", source="t.yaml")

    assert caught.value.hint == "tfk8s init MODEL_DIR writes one to start from"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "empty"),
        ("# nothing\n", "empty"),
        ("apiVersion: tfk8s.dev/v1\n---\nname: x\n", "a second document"),
        ("\tname: x\n", "a tab"),
        (b"name: caf\xe9\n", "not UTF-8"),
        ("name: {{ name }}\n", "template braces"),
    ],
)
def test_a_text_that_is_no_document_is_refused(text: str | bytes, part: str) -> None:
    assert any(part in complaint for complaint in complaints(text))


def test_a_file_of_another_size_is_not_read_through() -> None:
    with pytest.raises(InputError, match="larger than 1 MiB"):
        load_spec("#" * (2 << 20), source="t.yaml")


def test_a_path_that_is_no_file_is_refused_with_the_way_on(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory") as directory:
        load_spec(tmp_path)
    with pytest.raises(InputError, match="there is no ") as absent:
        load_spec(tmp_path / "tfk8s.yaml")
    with pytest.raises(InputError, match="cannot read ") as odd:
        load_spec(Path("a\0b"))

    assert [error.value.hint for error in (directory, absent, odd)] == [
        "name the file in it, such as tfk8s.yaml",
        "tfk8s init MODEL_DIR writes one to start from",
        "check the path and its permissions",
    ]


def test_an_endless_file_is_refused() -> None:
    with pytest.raises(InputError, match="larger than 1 MiB"):
        load_spec(Path("/dev/zero"))


def test_the_file_is_named_by_its_path_and_stdin_as_such(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("4\n")

    with pytest.raises(InputError, match=r"mine\.yaml has 1 error"):
        load_spec(file)
    with pytest.raises(InputError, match="<stdin> has 1 error"):
        load_spec("4\n")


@given(json_values())
def test_no_value_ends_in_a_traceback(value: JsonValue) -> None:
    with pytest.raises(InputError):
        load_spec(dump(value))


@given(st.sampled_from(sorted(FIELDS)), json_values())
def test_no_value_in_any_field_ends_in_a_traceback(field: str, value: JsonValue) -> None:
    spec: JsonObject = {"apiVersion": "tfk8s.dev/v1", "name": "resnet", "model": {"source": "./m"}}
    try:
        load_spec(dump({**spec, field: value}))
    except InputError as error:
        assert all(line.startswith("<stdin>:") for line in error.details)  # noqa: PT017 - some values are right
