"""The tiers: each test belongs to one, and each tier's tests are those that it says."""

from __future__ import annotations

import sys

import pytest

from tests import tiers
from tests.programs import Programs


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


def test_what_tiers_run_keeps_its_bytecode_whatever_the_machine_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    programs = Programs(folder=tiers.ROOT, environment=tiers.ENVIRONMENT)

    assert programs.run((sys.executable, "-c", "import sys; sys.exit(sys.dont_write_bytecode)"), timeout_s=60) == 0


NEEDS = {"host_ports": "host ports", "nodes_pull(": "node pulls", 'scope="module"': ""}
"""What one worker alone may use on the cluster, by a word that shows its use, and the group for it; "" for any."""


@pytest.mark.parametrize("word", NEEDS)
def test_what_one_worker_alone_may_use_is_used_by_a_group(word: str) -> None:
    texts = {file.name: file.read_text() for file in (tiers.ROOT / "tests/integration").rglob("test_*.py")}
    using = {name: text for name, text in texts.items() if word in text and "mark.cluster" in text}

    assert using
    assert [name for name, text in using.items() if f'xdist_group("{NEEDS[word]}' not in text] == []
