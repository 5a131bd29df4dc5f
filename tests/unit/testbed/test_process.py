from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.testbed.process import exclusive, live_pid
from tests.testbed.progress import SetupError


def test_a_pid_file_counts_only_with_the_right_program_behind_it(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text(f"{os.getpid()}\n")
    ours = Path(sys.executable).name.rstrip("0123456789.")

    assert live_pid(pid_file, mark=ours) == os.getpid()
    assert live_pid(pid_file, mark="/no/such/program") is None


@pytest.mark.parametrize("content", ["", "not a number", "999999999"])
def test_a_stale_pid_file_names_nobody(tmp_path: Path, content: str) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text(content)

    assert live_pid(pid_file, mark="") is None


def test_without_a_pid_file_nobody_is_named(tmp_path: Path) -> None:
    assert live_pid(tmp_path / "absent", mark="") is None


def test_two_runs_never_hold_the_lock_at_once(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path / "lock", timeout_s=0),
        pytest.raises(SetupError, match="another run"),
        exclusive(tmp_path / "lock", timeout_s=0),
    ):
        pass
    with exclusive(tmp_path / "lock", timeout_s=0):
        pass
