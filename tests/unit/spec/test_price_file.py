"""Price files: every mistake in one go, each at its place; numbers as they are written."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfk8s.app.spec_files import looks_like_spec
from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.manifest.yaml import dump
from tfk8s.spec.price_file import load_prices

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "prices" / "gke.yaml"
_KEYS = st.sampled_from(
    ["us-central1", "machines", "e2-medium", "hour", "spotHour", "disks", "pd-ssd", "gbMonth", "pods", "clusterHour"]
)
HEAD = 'apiVersion: prices.tfk8s.dev/v1\ncurrency: EUR\ndate: "2026-01-31"\nsource: a test\n'


def problems(folder: Path, text: str) -> list[str]:
    file = folder / "prices.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_prices(file)
    return [line.removeprefix(f"{file}:") for line in caught.value.details]


def test_numbers_are_what_stands_in_the_file_and_no_floats(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(f"{HEAD}anywhere: {{clusterHour: 0.1, addressHour: 0.0000001, loadBalancerHour: 3}}\n")

    found = load_prices(file).anywhere

    amounts = (found.cluster_hour, found.address_hour, found.load_balancer_hour)
    assert amounts == (Decimal("0.1"), Decimal("0.0000001"), Decimal(3))


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    text = """\
currency: euro
date: "2026-02-30"
source: a test
anywhere: {clusterHour: "0.1", adressHour: 1}
regions:
  Iowa: {}
  us-central1:
    machines: {e2-medium: {hour: -1, spothour: 2}, e2-micro: {}, e2-small: {hour: true}}
"""

    assert problems(tmp_path, text) == [
        "1:1: apiVersion: is missing: write apiVersion: prices.tfk8s.dev/v1",
        "1:11: currency: euro is no currency, such as USD or EUR",
        '2:7: date: 2026-02-30 is no day, such as "2026-01-31"',
        '4:25: anywhere.clusterHour: must be a number such as 0.134, not "0.1"',
        "4:32: anywhere.adressHour: is no known field: did you mean addressHour?",
        "6:3: regions.Iowa: Iowa is no region, such as us-central1",
        "8:34: regions.us-central1.machines.e2-medium.hour: must be from 0 to 1000000, not -1",
        "8:38: regions.us-central1.machines.e2-medium.spothour: is no known field: did you mean spotHour?",
        "8:52: regions.us-central1.machines.e2-micro.hour: is missing",
        "8:83: regions.us-central1.machines.e2-small.hour: must be a number such as 0.134, not true",
    ]


@pytest.mark.parametrize("value", [".nan", ".inf", "1e3", "1_000", "2026-01-31"])
def test_what_only_some_readers_take_for_a_number_is_refused(value: str, tmp_path: Path) -> None:
    (line,) = problems(tmp_path, f"{HEAD}anywhere: {{clusterHour: {value}}}\n")

    assert line.startswith(f"5:25: anywhere.clusterHour: {value} would be read as ")


def test_a_number_without_an_end_is_no_price(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, f"{HEAD}anywhere: {{clusterHour: {'9' * 400}.0}}\n")

    assert "anywhere.clusterHour" in line


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS | st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=40)
@given(regions=_VALUES, anywhere=_VALUES)
def test_whatever_stands_in_a_file_is_prices_or_a_mistake_with_its_place(
    regions: JsonValue, anywhere: JsonValue, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("prices") / "prices.yaml"
    file.write_text(HEAD + dump({"regions": regions, "anywhere": anywhere}), encoding="utf-8")

    assert all(line.startswith(f"{file}:") for line in mistakes(file))


def mistakes(file: Path) -> tuple[str, ...]:
    """What is wrong with a file; () where it is right."""
    try:
        load_prices(file)
    except InputError as error:
        return error.details or ("a mistake without its place",)
    return ()


def test_an_empty_key_and_an_empty_file_are_mistakes(tmp_path: Path) -> None:
    assert problems(tmp_path, f"{HEAD}anywhere:\n") == ["5:10: anywhere: is empty: give a value or remove the key"]
    assert problems(tmp_path, "") == ["1:1: holds no document, it is empty"]


def test_a_file_that_is_not_there_says_what_one_starts_with(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_prices(tmp_path / "none.yaml")

    assert "cannot read the prices in" in caught.value.message
    assert "apiVersion: prices.tfk8s.dev/v1" in (caught.value.hint or "")


def test_prices_in_a_folder_of_specs_are_not_taken_for_one() -> None:
    assert not looks_like_spec(EXAMPLE.read_bytes())


def test_the_example_has_a_date_and_a_source() -> None:
    found = load_prices(EXAMPLE)

    assert (found.currency, found.date) == ("USD", "2025-03-06")
    assert found.source.startswith("https://")
    assert found.regions["us-central1"].machines["e2-standard-4"].hour == Decimal("0.13402284")
