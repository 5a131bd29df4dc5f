from __future__ import annotations

import pytest
from click.testing import CliRunner

from tfk8s.cli.main import root
from tfk8s.cli.rollback_text import git_commands


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--no-write", "--out", "manifests"], "--no-write writes no files"),
        (["--no-write", "--files-only"], "--no-write writes no files"),
        (["3", "--revision", "HEAD~1"], "give one of them"),
        (["0"], "0 is not in the range"),
    ],
)
def test_options_that_contradict_each_other_are_refused(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(root, ["rollback", *arguments])

    assert result.exit_code == 2
    assert said in result.stderr


def test_the_commands_to_go_on_with_can_be_pasted() -> None:
    assert git_commands(["my spec.yaml", "out"], subject="resnet to release 1") == [
        "git add 'my spec.yaml' out",
        "git commit -m 'Roll back resnet to release 1'",
        "git push",
    ]
    assert git_commands([], subject="resnet to release 1") == []


def test_a_form_that_render_does_not_know_is_refused_before_anything_is_asked() -> None:
    result = CliRunner().invoke(root, ["rollback", "--format", "ksonnet"])

    assert result.exit_code == 2
    assert "ksonnet" in result.stderr
