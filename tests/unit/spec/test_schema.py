"""The checked-in schema and reference are those of the models, and the schema agrees with the loader."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given

from tests.strategies.specs import spec_values
from tests.unit.spec import invalid
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import read_documents
from tfk8s.spec.schema import Schema, forms, json_schema, known_keys
from tools import generate_schema


def errors(value: JsonValue) -> list[str]:
    validator: Any = import_module("jsonschema").Draft202012Validator(json_schema())
    return [error.message for error in validator.iter_errors(value)]


@pytest.mark.parametrize("path", list(generate_schema.generated()), ids=lambda path: path.name)
def test_the_file_is_fresh(path: Any) -> None:
    assert path.exists(), generate_schema.REMEDY
    assert path.read_text("utf-8") == generate_schema.generated()[path], generate_schema.REMEDY


@given(spec_values())
def test_the_schema_takes_any_right_spec(value: JsonObject) -> None:
    assert errors(value) == []


def test_the_schema_finds_wrong_keys_and_types() -> None:
    """Not every rule is in it; what an editor can know is."""
    telling = (
        "is no known field",
        "must be a map",
        "must be a list",
        "must be true or false",
        "must be a whole number",
    )
    cases = [case for case in invalid.ALL if case.says.startswith(telling)]

    assert len(cases) > 10
    assert [case.text for case in cases if not errors(_value(case.text))] == []


def _value(text: str) -> JsonValue:
    return read_documents(text, source="t.yaml").documents[0].value


def test_every_field_has_a_description() -> None:
    schema = json_schema()

    def undescribed(node: Schema, path: str) -> list[str]:
        found = []
        for key, field in node.get("properties", {}).items():
            forms_of_it = [form for choice in (field, field.get("items", {})) for form in forms(choice, schema)]
            described = "description" in field or all("description" in form for form in forms_of_it if form)
            found += [] if described else [f"{path}.{key}"]
            found += [name for form in forms_of_it for name in undescribed(form, f"{path}.{key}")]
        return found

    assert undescribed(schema, "") == []


def test_the_known_keys_of_a_place_are_those_of_all_its_forms() -> None:
    assert known_keys(("scaling",)) == [
        "replicas",
        "min",
        "max",
        "metrics",
        "source",
        "wake",
        "schedules",
        "behavior",
    ]
    assert known_keys(("models", 0)) == ["name", "source", "versions", "labels"]
    assert known_keys(("scaling", "metrics", 0))[:3] == ["cpu", "memory", "containerCpu"]
    assert known_keys(("labels",)) == []
