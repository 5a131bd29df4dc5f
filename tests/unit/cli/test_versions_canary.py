"""`tfk8s versions canary` on the command line: what it takes, before any cluster is asked."""

from __future__ import annotations

from click.testing import CliRunner

from tfk8s.cli.main import root


def test_it_says_what_is_missing_and_shows_examples() -> None:
    without = CliRunner().invoke(root, ["versions", "canary"])
    shown = CliRunner().invoke(root, ["versions", "canary", "--help"])

    assert without.exit_code == 2
    assert "say which VERSION to try" in without.output
    assert "tfk8s versions canary 2 --weight 10 --for 15m" in shown.output
