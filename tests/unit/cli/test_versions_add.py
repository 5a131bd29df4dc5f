"""The command line of `versions add`, as far as it is refused before a cluster is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tfk8s.cli.main import root


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument 'MODEL_DIR'"),
        (["export", "--keep", "0"], "0 is not in the range"),
        (["export", "--version", "-1"], "-1 is not in the range"),
        (["export", "--key", "cosign.key"], "are about a signature: add --sign"),
        (["export", "--transparency-log"], "are about a signature: add --sign"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(root, ["versions", "add", *arguments])

    assert result.exit_code == 2
    assert said in result.stderr


def test_without_a_spec_it_is_told_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(root, ["versions", "add", "export"])

    assert result.exit_code == 3
    assert "there is no tfk8s.yaml here" in result.stderr
    assert "Traceback" not in result.output


def test_the_help_has_an_example() -> None:
    result = CliRunner().invoke(root, ["versions", "add", "--help"])

    assert result.exit_code == 0
    assert "tfk8s versions add ./export" in result.stdout
