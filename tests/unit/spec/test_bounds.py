"""A spec that is no spec costs a moment, however it is made."""

from __future__ import annotations

import pytest

from tfk8s.errors import InputError
from tfk8s.manifest.yaml import MAX_PROBLEMS
from tfk8s.spec import load_spec
from tfk8s.spec.environment_field import MAX_ENVIRONMENTS
from tfk8s.spec.region_field import MAX_REGIONS

HEAD = "apiVersion: tfk8s.dev/v1\nname: a\nmodel: {source: gs://b/c}\n"


def complaints(text: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        load_spec(text)
    return caught.value.details


def test_a_hundred_errors_are_listed_and_no_more() -> None:
    unknown = "".join(f"key{number}: 1\n" for number in range(20_000))
    empty = "".join(f"key{number}:\n" for number in range(20_000))

    assert len(complaints(HEAD + unknown)) == MAX_PROBLEMS
    assert len(complaints(HEAD + empty)) == MAX_PROBLEMS


@pytest.mark.parametrize(("field", "most"), [("environments", MAX_ENVIRONMENTS), ("regions", MAX_REGIONS)])
def test_more_environments_or_regions_than_anybody_has_are_not_tried(field: str, most: int) -> None:
    entries = "".join(f"  k{number}: {{unknown: 1}}\n" for number in range(20_000))

    found = complaints(f"{HEAD}{field}:\n{entries}")

    assert any(f"{field}: must have at most {most} entries" in line for line in found)
    assert not any("unknown" in line for line in found)
