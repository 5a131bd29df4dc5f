"""Programs that are found on the PATH, as scripts that stand in their place."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.testbed.process import wait_until


def put(folder: Path, name: str, script: str) -> None:
    """Write a shell script that can be run."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def wait_for_the_end_of(process: int) -> None:
    """Wait until it is gone, or nobody has collected it: the kernel ends a group one by one."""
    wait_until(lambda: _is_over(process), timeout_s=10, what=f"the end of process {process}")


def _is_over(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
