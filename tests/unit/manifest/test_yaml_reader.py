"""Strict reading: what it takes, what it refuses, and that it knows where everything stands."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies.values import json_values
from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.manifest.yaml import MAX_PROBLEMS, Mark, dump, load_documents, load_one, path_text, read_documents
from tfk8s.manifest.yaml_builder import Builder

GOOD = """\
# a comment
name: resnet
list:
- 1
- {deep: -2.5}
empty:
text: "no"
"""


def complaints(text: str | bytes) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_one(text, source="t.yaml")
    return [*caught.value.details]


def test_plain_data_is_read_with_its_types() -> None:
    document = load_one(GOOD, source="t.yaml")

    assert document.value == {"name": "resnet", "list": [1, {"deep": -2.5}], "empty": None, "text": "no"}


def test_every_key_and_value_has_its_place() -> None:
    document = load_one(GOOD, source="t.yaml")

    assert document.key_mark(("name",)) == Mark(2, 1)
    assert document.value_mark(("name",)) == Mark(2, 7)
    assert document.value_mark(("list", 0)) == Mark(4, 3)
    assert document.key_mark(("list", 1, "deep")) == Mark(5, 4)
    assert document.value_mark(("list", 1, "deep")) == Mark(5, 10)


def test_a_missing_field_is_placed_at_what_should_hold_it() -> None:
    document = load_one("a: 1\nouter:\n  b: 2\n", source="t.yaml")

    assert document.value_mark(("outer", "absent", "deeper")) == Mark(2, 1)
    assert document.value_mark(("absent",)) == Mark(1, 1)


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("0", 0),
        ("-7", -7),
        ("9223372036854775807", 2**63 - 1),
        ("0.5", 0.5),
        ("-0.25", -0.25),
        ("500m", "500m"),
        ("1Gi", "1Gi"),
        ("2.20.0", "2.20.0"),
        ("us-central1", "us-central1"),
        ("nightly", "nightly"),
        ("one", "one"),
        ("yesterday", "yesterday"),
        ("tensorflow/serving:2.20.0", "tensorflow/serving:2.20.0"),
        ("gs://bucket/a", "gs://bucket/a"),
        ("./models/resnet", "./models/resnet"),
        ("'on'", "on"),
        ('"0o14"', "0o14"),
        ("|-\n  1e3", "1e3"),
    ],
)
def test_a_scalar_has_one_meaning(scalar: str, value: object) -> None:
    assert load_one(f"a: {scalar}\n", source="t.yaml").value == {"a": value}


TRAPS = {
    "no": "boolean false",
    "Off": "boolean false",
    "YES": "boolean true",
    "on": "boolean true",
    "y": "boolean true",
    "N": "boolean false",
    "1e3": "a number",
    "1E-3": "a number",
    "+1": "a number",
    "1.": "a number",
    ".5": "a number",
    "1_000": "a number",
    "1.0e+3": "a number",
    "010": "an octal number",
    "0o14": "an octal number",
    "-017": "an octal number",
    "08": "a number",
    "0x1F": "a hexadecimal number",
    "0b101": "a binary number",
    ".inf": "infinity",
    "-.Inf": "infinity",
    ".NaN": "not-a-number",
    "12:30:00": "a number in base 60",
    "8500:01": "a number in base 60",
    "2020-01-01": "a date",
    "2020-01-01T10:00:00Z": "a date",
    "=": "the default value",
    "9223372036854775808": "beyond 64 bits",
    "123456789012345678901234567890": "beyond 64 bits",
}


@pytest.mark.parametrize("scalar", TRAPS)
def test_a_scalar_that_readers_understand_differently_is_refused(scalar: str) -> None:
    (complaint,) = complaints(f"a: 1\nb: {scalar}\n")

    assert complaint.startswith("t.yaml:2:4: b: ")
    assert TRAPS[scalar] in complaint
    assert f'"{scalar}"' in complaint


@pytest.mark.parametrize("scalar", TRAPS)
def test_a_trap_in_quotes_is_text(scalar: str) -> None:
    assert load_one(f'a: "{scalar}"\n', source="t.yaml").value == {"a": scalar}


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1: a: ", "given twice; the first stands at 1:1"),
        ("a:\n  b: 1\n  b: 2\n", "3:3: a.b: ", "given twice"),
        ("a:\n\tb: 1\n", "2:1: ", "a tab"),
        ("a: &x 1\n", "1:4: a: ", "&x is an anchor"),
        ("- &x {a: 1}\n", "1:3: [0]: ", "&x is an anchor"),
        ("a: !!str 4\n", "1:4: a: ", "is a tag"),
        ("a: !ruby/object {}\n", "1:4: a: ", "is a tag"),
        ("%YAML 1.1\n---\na: 1\n", "1:1: ", "% directive"),
        ("<<: {a: 1}\n", "1:1: ", "merge key"),
        ("a: <<\n", "1:4: ", "merge key"),
        ("1: x\n", "1:1: ", "the key 1 would be read as a number"),
        ("on: x\n", "1:1: ", "the key on would be read as true"),
        ("~: x\n", "1:1: ", "would be read as null"),
        ("? [a, b]\n: 1\n", "1:3: ", "a key must be text"),
        ("name: {{ release }}\n", "1:8: name: ", "template braces must stand in quotes"),
        ("a: 1\n---\nb: 2\n", "3:1: ", "a second document"),
        ("a: [1, 2\n", "2:1: ", "not valid YAML"),
        ("a: 'x\n", "2:1: ", "not valid YAML"),
        ("a: b: c\n", "1:5: ", "not valid YAML"),
        ("a: @x\n", "1:4: ", "not valid YAML"),
        ("", "1:1: ", "empty"),
        ("# only a comment\n", "1:1: ", "empty"),
        ("---\n---\n", "1:1: ", "empty"),
        ("a: \x01\n", "1:4: ", "control character U+0001"),
        ("a: 1\nb: \x1b[0m\n", "2:4: ", "control character U+001B"),
        ("a: \ud800\n", "1:4: ", "surrogate"),
        (b"a: caf\xe9\n", "1:7: ", "byte 0xe9 is not UTF-8"),
        ("a: 1\n".encode("utf-16"), "1:1: ", "UTF-16"),
        ("[" * 65 + "]" * 65, "1:65: ", "nested more than 64 levels"),
        ("[" * 5000, "", ""),
        ("{a: " * 5000, "", ""),
        ('a: "\\ud800"\n', "1:7: ", "not valid YAML"),
    ],
)
def test_a_trap_is_refused_with_its_place(text: str | bytes, place: str, part: str) -> None:
    (complaint,) = complaints(text)

    assert complaint.startswith(f"t.yaml:{place}")
    assert part in complaint


def test_an_alias_is_refused_beside_its_anchor() -> None:
    assert complaints("a: &x 1\nb: *x\n") == [
        "t.yaml:1:4: a: &x is an anchor: leave it out and write values in full",
        "t.yaml:2:4: b: *x is an alias: write the value in full",
    ]


def test_an_alias_is_no_key() -> None:
    assert complaints("a: &x b\n*x : c\n")[1] == "t.yaml:2:1: *x is an alias: write the value in full"


def test_aliases_cannot_blow_up_memory() -> None:
    levels = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 30))

    found = complaints(f"x0: &x0 lol\n{levels}")

    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1].endswith("more than 100 errors: the rest is not read")


def test_all_traps_are_told_in_one_go_in_the_order_of_the_text() -> None:
    found = complaints("a: no\nb: 1e3\na: 2\n<<: x\nc: *x\n")

    assert [line.split(" ")[0] for line in found] == [
        f"t.yaml:{n}:{c}:" for n, c in ((1, 4), (2, 4), (3, 1), (4, 1), (5, 4))
    ]


def test_traps_inside_a_repeated_key_are_told_too() -> None:
    assert [line.rpartition(" would")[0] for line in complaints("a: 1\na: {b: no}\n")] == ["", "t.yaml:2:8: a.b: no"]


def test_the_first_of_two_equal_keys_stays_beside_the_problem() -> None:
    reading = read_documents("a: 1\na: 2\n", source="t.yaml")

    assert reading.documents[0].value == {"a": 1}


def test_a_byte_order_mark_is_dropped() -> None:
    assert load_one(b"\xef\xbb\xbfa: 1\n", source="t.yaml").value == {"a": 1}


def test_windows_line_ends_are_read() -> None:
    assert load_one("a: 1\r\nb:\r\n- x\r\n", source="t.yaml").value == {"a": 1, "b": ["x"]}


def test_several_documents_are_read_where_they_are_expected_and_empty_ones_left_out() -> None:
    documents = load_documents("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n", source="t.yaml")

    assert [document.value for document in documents] == [{"a": 1}, {"b": 2}]
    assert documents[1].key_mark(("b",)) == Mark(6, 1)


def test_the_message_counts_and_the_details_tell() -> None:
    with pytest.raises(InputError) as caught:
        load_documents("a: no\nb: no\n", source="dir/t.yaml")

    assert caught.value.message == "dir/t.yaml has 2 errors"
    assert all(line.startswith("dir/t.yaml:") for line in caught.value.details)


def test_a_path_is_written_as_people_do() -> None:
    assert path_text(("spec", "containers", 0, "image")) == "spec.containers[0].image"
    assert path_text(("labels", 'é.b/"c"')) == 'labels["é.b/\\"c\\""]'


@given(st.one_of(st.text(), st.binary()))
def test_any_text_is_read_or_refused_and_never_crashes(text: str | bytes) -> None:
    reading = read_documents(text, source="t.yaml")

    if reading.problems:
        assert complaints(text)
    else:
        assert [document.value for document in load_documents(text, source="t.yaml")] == [
            document.value for document in reading.documents
        ]


_YAMLISH = st.text(alphabet="ab1:- \n#[]{},&*!|>'\"%@`?0eonyx._~=<\t", max_size=40)


@given(_YAMLISH)
def test_what_is_read_means_the_same_to_a_yaml_1_1_reader(text: str) -> None:
    reading = read_documents(text, source="t.yaml")

    if not reading.problems:
        theirs = [value for value in yaml.load_all(text, Loader=yaml.CSafeLoader) if value is not None]
        assert [document.value for document in reading.documents] == theirs


def test_a_complaint_stays_on_its_line_and_cannot_steer_a_terminal() -> None:
    (complaint,) = complaints('"a\\n\\e[2J": 1\n"a\\n\\e[2J": 2\n')

    assert complaint == 't.yaml:2:1: ["a\\n\\x1b[2J"]: given twice; the first stands at 1:1'


@given(json_values())
def test_both_parsers_of_pyyaml_give_the_same_data_and_places(value: JsonValue) -> None:
    text = dump([value])
    slow = Builder(source="t.yaml")
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        slow.take(event)

    assert slow.problems == []
    assert slow.documents == load_documents(text, source="t.yaml")
