"""The tiers: each test belongs to one, and each tier's tests are those that it says."""

from __future__ import annotations

import pytest

from tests import tiers


def test_a_tier_that_does_not_exist_is_told_with_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert tiers.main(["unit", "all"]) == 2
    assert capsys.readouterr().err.startswith("error: no tier all; there are: timed, check, unit, ")


def test_only_builders_and_tests_of_a_cluster_stand_in_the_clusters_lane() -> None:
    lanes = {tier.name: tier.lane for tier in tiers.TIERS}

    assert lanes == {
        **dict.fromkeys(["check", "unit", "golden", "contract", "control-plane"], "desk"),
        "timed": "alone",
        "cluster": "cluster",
    }
