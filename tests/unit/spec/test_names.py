"""Names that Kubernetes takes, with every suffix that we add."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.spec import MAX_NAME, legal_name, object_name

DNS_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?\Z")


@pytest.mark.parametrize(
    ("given_name", "legal"),
    [
        ("my_Model", "my-model"),
        ("ResNet50", "resnet50"),
        ("resnet", "resnet"),
        ("50net", "model-50net"),
        ("--x--", "x"),
        ("a__b..c", "a-b-c"),
        ("Größe", "gr-e"),
        ("模型", "model"),
        ("", "model"),
        ("_", "model"),
        ("a" * 80, "a" * 50),
        ("a" * 49 + "-b", "a" * 49),
    ],
)
def test_a_legal_name_is_near_the_given_one(given_name: str, legal: str) -> None:
    assert legal_name(given_name) == legal


@given(st.text())
def test_every_object_of_any_legal_name_has_a_valid_name(text: str) -> None:
    name = legal_name(text)

    assert len(name) <= MAX_NAME
    for suffix in ("", "config", "headless", "metrics", "abcdefghijkl"):
        assert DNS_1035.match(object_name(name, suffix))
        assert len(object_name(name, suffix)) <= 63
    assert legal_name(name) == name


def test_a_suffix_that_does_not_fit_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="longer than the 13 characters"):
        object_name("resnet", "a-very-long-suffix")
