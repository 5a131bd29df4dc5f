from __future__ import annotations

import pytest

from tests.modelserver.server.policy import All, Latest, Model, Policy, Specific, choose


def _choose(policy: Policy, *children: str) -> dict[int, str]:
    return choose(Model(name="m", base_path="/m", policy=policy), children)


def test_latest_takes_the_highest_number_not_the_last_name() -> None:
    assert _choose(Latest(), "9", "10", "2") == {10: "10"}


def test_latest_takes_as_many_as_asked_for_and_at_least_one() -> None:
    assert _choose(Latest(count=2), "1", "2", "3") == {3: "3", 2: "2"}
    assert _choose(Latest(count=0), "1", "2") == {2: "2"}


def test_all_takes_every_number() -> None:
    assert _choose(All(), "1", "x", "2") == {1: "1", 2: "2"}


def test_specific_takes_those_that_exist_under_their_plain_number() -> None:
    assert _choose(Specific(versions=(1, 3, 7)), "1", "2", "007") == {1: "1"}


@pytest.mark.parametrize("name", ["v1", "1.0", "latest", "1a", "", "0x1", "99999999999999999999", "９"])
def test_names_that_are_no_64_bit_integer_are_ignored(name: str) -> None:
    assert _choose(All(), name, "5") == {5: "5"}


def test_a_padded_name_is_that_number_and_keeps_its_directory() -> None:
    assert _choose(Latest(), "00000123") == {123: "00000123"}


def test_of_two_names_for_one_number_the_last_in_order_wins_with_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    assert _choose(Latest(), "1", "001") == {1: "1"}
    assert "Version 1 will be loaded from 1, 001 will be ignored" in capsys.readouterr().err


def test_no_version_is_worth_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    assert _choose(Latest(), "model") == {}
    assert "Did you forget to name your leaf directory as a number" in capsys.readouterr().err
