from __future__ import annotations

import json
import sys

import pytest
from pydantic_core import ValidationError

from tfk8s.spec import ServiceSpec
from tfk8s.spec.validation import validator_of

DOCUMENT = {
    "apiVersion": "tfk8s.dev/v1",
    "name": "a",
    "model": {"source": "image:///models/a"},
    "image": {"base": "a:1"},
}


def test_it_reads_what_the_model_itself_reads() -> None:
    text = json.dumps(DOCUMENT)

    assert validator_of(ServiceSpec).validate_json(text) == ServiceSpec.model_validate_json(text)


def test_it_finds_the_mistakes_that_the_model_itself_finds() -> None:
    text = json.dumps({**DOCUMENT, "name": 1, "scaling": {"min": 2, "max": "x"}, "nmae": ""})

    with pytest.raises(ValidationError) as ours:
        validator_of(ServiceSpec).validate_json(text)
    with pytest.raises(ValidationError) as theirs:
        ServiceSpec.model_validate_json(text)

    assert ours.value.errors() == theirs.value.errors()


def test_a_pydantic_that_has_moved_its_schemas_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic.experimental.arguments_schema", None)
    text = json.dumps(DOCUMENT)

    assert validator_of.__wrapped__(ServiceSpec).validate_json(text) == ServiceSpec.model_validate_json(text)
