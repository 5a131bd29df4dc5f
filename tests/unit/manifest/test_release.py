from __future__ import annotations

import pytest

from tfk8s.errors import InputError
from tfk8s.manifest.release import parse_minor


@pytest.mark.parametrize(
    ("text", "minor"), [("1.29", 29), ("1.34", 34), ("v1.37.2", 37), ("v1.34.4-gke.1047000", 34), ("1.33+", 33)]
)
def test_a_release_is_read_in_the_forms_that_people_and_clusters_write(text: str, minor: int) -> None:
    assert parse_minor(text) == minor


@pytest.mark.parametrize("text", ["1.28", "1.38", "2.0", "latest", "", "1.", "1.3x", "134"])
def test_other_releases_are_refused_with_the_range(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_minor(text)

    assert caught.value.hint == "choose one from 1.29 to 1.37"
