"""Quantities are exact, and written as the API server writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.spec import Quantity, parse_quantity


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        (0.5, "500m"),
        (1, "1"),
        (2.0, "2"),
        ("1.5", "1500m"),
        ("2500m", "2500m"),
        ("1024Mi", "1Gi"),
        ("1536Mi", "1536Mi"),
        ("0.5Gi", "512Mi"),
        ("1.5Gi", "1536Mi"),
        ("1000Mi", "1000Mi"),
        ("512", "512"),
        ("0.5Ki", "512"),
        ("1.25Ki", "1280"),
        ("1000", "1k"),
        ("2000000000", "2G"),
        ("1048576", "1048576"),
        ("123400", "123400"),
        ("1e3", "1k"),
        ("12E6", "12M"),
        ("2E", "2E"),
        ("100u", "100u"),
        ("1n", "1n"),
        ("0", "0"),
        ("0Gi", "0"),
        ("+1", "1"),
        (".5", "500m"),
        ("1.", "1"),
        ("7Ei", "7Ei"),
    ],
)
def test_a_quantity_has_one_canonical_form(text: str | float, canonical: str) -> None:
    assert str(parse_quantity(text)) == canonical


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is no quantity"),
        ("four", "is no quantity"),
        ("4GB", "is no quantity"),
        ("4 Gi", "is no quantity"),
        ("4gi", "is no quantity"),
        ("1_000", "is no quantity"),
        ("0x10", "is no quantity"),
        ("1e", "is no quantity"),
        ("١", "is no quantity"),
        ("1\n", "is no quantity"),
        ("inf", "is no quantity"),
        (float("nan"), "is no quantity"),
        (True, "is no quantity"),
        ("1" * 41, "is no quantity"),
        ("-1", "negative"),
        ("8Ei", "more than any quantity"),
        ("0.1n", "finer than"),
        ("1e999", "exponent beyond 18"),
    ],
)
def test_what_is_no_quantity_is_refused(text: str | float, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        parse_quantity(text)


@given(st.integers(0, 2**63 - 1), st.sampled_from(["n", "u", "m", "", "k", "M", "G", "Ki", "Mi", "Gi"]))
def test_the_canonical_form_means_the_same_and_stays(number: int, suffix: str) -> None:
    try:
        quantity = parse_quantity(f"{number}{suffix}")
    except ValueError:
        assert suffix in {"k", "M", "G", "Ki", "Mi", "Gi"}, "only a large number with a suffix is too much"
        return

    again = parse_quantity(str(quantity))

    assert again == quantity
    assert hash(again) == hash(quantity)
    assert str(again) == str(quantity)
    assert "." not in str(quantity)


def test_amounts_are_compared_and_not_their_spelling() -> None:
    assert parse_quantity("1Gi") == parse_quantity("1024Mi") == parse_quantity(1073741824)
    assert parse_quantity("1G") < parse_quantity("1Gi")
    assert parse_quantity(1) != 1


def test_units_and_thousandths_are_rounded_up() -> None:
    assert parse_quantity("1500m").milli == 1500
    assert parse_quantity("1500m").units == 2
    assert parse_quantity("1u").milli == 1
    assert Quantity(Decimal(3)).units == 3
