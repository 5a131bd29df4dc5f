"""A command that tests fork is what one is that was started by itself: words, codes, environment, signals."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commandline import started

LIMIT_S = 60.0


def by_itself(*arguments: str, environment: Mapping[str, str]) -> tuple[int, str, str]:
    words = [sys.executable, "-m", "tfk8s", *arguments]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    return done.returncode, done.stdout, done.stderr


def forked(*arguments: str, environment: Mapping[str, str]) -> tuple[int, str, str]:
    done = started.run(arguments, environment=environment, timeout_s=LIMIT_S)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "words", [["--version"], ["render", "--help"], ["apply", "-f", "absent.yaml"], ["status", "--name", "a"], ["no"]]
)
def test_it_says_and_returns_the_same(words: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "KUBECONFIG": str(tmp_path / "none"), "HOME": str(tmp_path)}

    assert forked(*words, environment=environment) == by_itself(*words, environment=environment)


def test_the_environment_is_the_one_that_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "of-the-test"))

    code, _, words = forked("status", "--name", "a", environment={"KUBECONFIG": "/given/kubeconfig"})

    assert code != 0
    assert "/given/kubeconfig" in words


@contextmanager
def never_ending(folder: Path) -> Iterator[list[str]]:
    """A command that waits for an answer that does not come."""
    body = folder / "body.json"
    body.write_text('{"instances": [1]}')
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield ["predict", str(body), "--model", "m", "--url", f"http://127.0.0.1:{silent.getsockname()[1]}"]


def test_one_that_is_killed_has_the_signal_as_its_code(tmp_path: Path) -> None:
    with never_ending(tmp_path) as words:
        command = started.start(words, environment=os.environ)
        assert command.poll() is None

        command.kill()

        assert command.wait(LIMIT_S) == -signal.SIGKILL


def test_one_that_does_not_end_is_killed_when_its_time_is_up(tmp_path: Path) -> None:
    with never_ending(tmp_path) as words, pytest.raises(subprocess.TimeoutExpired):
        started.run(words, environment=os.environ, timeout_s=1.0)


def test_its_lines_come_while_it_runs() -> None:
    with started.start(["--help"], environment=os.environ, stdout=subprocess.PIPE) as command:
        assert command.stdout is not None
        assert command.stdout.readline().startswith("Usage: ")
