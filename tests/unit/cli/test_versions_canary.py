"""`tfk8s versions canary` on the command line: what it takes, before any cluster is asked."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from tfk8s.cli.main import root
from tfk8s.cli.versions_canary import canary_command, duration

PARAM = canary_command.params[0]


@pytest.mark.parametrize(
    ("text", "seconds"), [("5m", 300.0), ("90s", 90.0), ("1h30m", 5400.0), ("45", 45.0), ("2h0m1s", 7201.0)]
)
def test_a_duration_is_written_as_people_write_it(text: str, seconds: float) -> None:
    assert duration(click.Context(canary_command), PARAM, text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "0s", "5 m", "-5m", "m", "1.5m"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write 5m, 90s or 1h30m"):
        duration(click.Context(canary_command), PARAM, text)


def test_it_says_what_is_missing_and_shows_examples() -> None:
    without = CliRunner().invoke(root, ["versions", "canary"])
    shown = CliRunner().invoke(root, ["versions", "canary", "--help"])

    assert without.exit_code == 2
    assert "say which VERSION to try" in without.output
    assert "tfk8s versions canary 2 --weight 10 --for 15m" in shown.output
