"""What the programs that generate files do with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import (
    compile_templates,
    draw_examples,
    generate_chart,
    generate_doctor_page,
    generate_protos,
    generate_rights_page,
    generate_schema,
)
from tools.freshness import ROOT, write_or_check


@pytest.mark.parametrize(
    "remedy",
    [
        *(compile_templates.REMEDY, draw_examples.REMEDY, generate_chart.REMEDY),
        *(generate_doctor_page.REMEDY, generate_protos.REMEDY, generate_rights_page.REMEDY, generate_schema.REMEDY),
    ],
)
def test_a_remedy_can_be_run_as_it_is_told(remedy: str) -> None:
    arguments = remedy.removeprefix("run: python ").split(" ")

    run = subprocess.run([sys.executable, *arguments, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_stale_file_is_told_with_the_remedy_and_left_and_without_check_written_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new, same = (tmp_path / name for name in ("old", "new", "same"))
    old.write_text("1")
    same.write_text("3")
    texts = {old: "2", new: "2", same: "3"}

    with pytest.raises(SystemExit, match="run it"):
        write_or_check(texts, description=None, remedy="run it", arguments=["--check"])
    told = capsys.readouterr().out.splitlines()
    left = (old.read_text(), new.exists())
    write_or_check(texts, description=None, remedy="run it", arguments=[])
    wrote = capsys.readouterr().out.splitlines()
    write_or_check(texts, description=None, remedy="run it", arguments=["--check"])

    assert told == [f"stale: {old}", f"stale: {new}"]
    assert left == ("1", False)
    assert wrote == [f"wrote: {old}", f"wrote: {new}"]
    assert (old.read_text(), new.read_text(), capsys.readouterr().out) == ("2", "2", "")
