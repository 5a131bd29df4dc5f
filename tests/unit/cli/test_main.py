from __future__ import annotations

from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner

from tfk8s.cli.main import RootGroup, root
from tfk8s.errors import RolloutFailedError


def _run(body: Callable[[], None], *options: str) -> tuple[int, str]:
    class OneCommand(RootGroup):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return click.Command(cmd_name, callback=body)

    group = OneCommand("tfk8s", params=root.params, callback=root.callback)
    result = CliRunner().invoke(group, [*options, "work"])
    return result.exit_code, result.stderr


def _fail() -> None:
    raise RolloutFailedError(
        "Deployment/web failed", hint="look at the log", details=("pod a: crashed\nlast line", "b")
    )


def test_a_failure_shows_message_details_and_hint_and_ends_with_its_exit_code() -> None:
    code, stderr = _run(_fail)

    assert code == 6
    assert stderr.splitlines() == [
        "error: Deployment/web failed",
        "  pod a: crashed",
        "  last line",
        "  b",
        "hint:  look at the log",
    ]


def test_debug_shows_the_traceback_before_the_text_and_keeps_the_exit_code() -> None:
    code, stderr = _run(_fail, "--debug")

    assert code == 6
    assert stderr.startswith("Traceback")
    assert stderr.endswith("hint:  look at the log\n")


def test_a_bug_shows_no_traceback_and_ends_with_1() -> None:
    def body() -> None:
        raise ZeroDivisionError("division by zero")

    code, stderr = _run(body)

    assert code == 1
    assert "internal error (ZeroDivisionError: division by zero)" in stderr
    assert "--debug" in stderr
    assert "Traceback" not in stderr


def test_ctrl_c_ends_with_130_and_says_that_the_command_can_be_run_again() -> None:
    def body() -> None:
        raise KeyboardInterrupt

    code, stderr = _run(body)

    assert code == 130
    assert "run the same command again" in stderr


@pytest.mark.parametrize("arguments", [["nope"], ["--nope"], ["completion"], ["completion", "tcsh"]])
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(root, arguments).exit_code == 2


@pytest.mark.parametrize(
    ("shell", "mark"),
    [("bash", "complete -o nosort"), ("zsh", "#compdef tfk8s"), ("fish", "complete --no-files --command tfk8s")],
)
def test_completion_prints_the_script_of_the_shell(shell: str, mark: str) -> None:
    result = CliRunner().invoke(root, ["completion", shell])

    assert result.exit_code == 0
    assert mark in result.stdout


def test_words_of_others_in_a_failure_control_no_terminal() -> None:
    def body() -> None:
        raise RolloutFailedError("\x1b[2Jgone", hint="\x07look\nthere", details=("a\x1b]0;title\nb\ud800",))

    _, stderr = _run(body)

    assert stderr.splitlines() == [
        "error: \\x1b[2Jgone",
        "  a\\x1b]0;title",
        "  b\\ud800",
        "hint:  \\x07look",
        "there",
    ]
