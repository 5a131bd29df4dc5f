"""Programs that are found on the PATH, as scripts that stand in their place."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.testbed.process import is_running, wait_until


def put(folder: Path, name: str, script: str) -> None:
    """Write a shell script that can be run."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def child_of(folder: Path) -> list[str]:
    """A command that does not end, and that nobody else runs."""
    watched = folder / "watched"
    watched.touch()
    return ["tail", "-f", str(watched)]


def wait_for_the_end_of(command: list[str]) -> None:
    """Wait until no process runs it: the kernel ends a group one by one."""
    wait_until(lambda: not is_running(command), timeout_s=60, what=f"the end of {command}")
