"""Times on the command line."""

from __future__ import annotations

import click
import pytest

from tfk8s.cli.duration import duration

CONTEXT = click.Context(click.Command("measure"))
PARAM = click.Option(["--time"])


@pytest.mark.parametrize(
    ("text", "seconds"), [("5m", 300.0), ("90s", 90.0), ("1h30m", 5400.0), ("45", 45.0), ("2h0m1s", 7201.0)]
)
def test_a_duration_is_written_as_people_write_it(text: str, seconds: float) -> None:
    assert duration(CONTEXT, PARAM, text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "0s", "5 m", "-5m", "m", "1.5m"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write 5m, 90s or 1h30m"):
        duration(CONTEXT, PARAM, text)
