"""What was read from others is written, whatever it holds."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout

import pytest

from tfk8s.cli.output import Format, present, tell, warn

HALF = "a\ud800b"


@pytest.mark.parametrize("output", ["json", "text"])
def test_half_a_surrogate_pair_is_written_as_its_escape(output: Format) -> None:
    with io.TextIOWrapper(io.BytesIO(), encoding="utf-8") as file:
        with redirect_stdout(file):
            present({"x": HALF}, output=output, text=lambda: HALF)
        file.seek(0)
        written = file.read()

    assert "a\\ud800b" in written.replace("\\uD800", "\\ud800")
    if output == "json":
        assert json.loads(written) == {"x": HALF}


def test_lines_for_people_control_no_terminal() -> None:
    with io.StringIO() as file, redirect_stderr(file):
        tell("one\x1b[2J\ntwo")
        warn("three\x07\nfour")
        lines = file.getvalue().splitlines()

    assert lines == ["one\\x1b[2J", "two", "warning: three\\x07", "four"]
