"""Runs the tiers of the test suite, fastest first: `python -m tests.tiers [TIER ...]`, all of them by default.

Every tier that was asked for runs, and the first failure does not stop the others; a tier that could not run, or that
found no test, has failed. What a tier needs (the model server's environment, the cluster) it builds itself, so the
first run on a machine takes long and later ones do not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent


@dataclass(frozen=True, slots=True)
class Tier:
    """A named list of commands, run in order until one fails."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    limit_s: int


def _pytest(*args: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "pytest", "-q", *args)


def _tool(name: str, *args: str) -> tuple[str, ...]:
    return (str(BIN / name), *args)


TIERS = (
    Tier(
        "check",
        (
            _tool("ruff", "format", "--check", "--quiet", "."),
            _tool("ruff", "check", "--quiet", "."),
            _tool("lint-imports"),
            _tool("mypy"),
        ),
        limit_s=600,
    ),
    Tier("unit", (_pytest("tests/unit", "-n", "2"),), limit_s=300),
    Tier("golden", (_pytest("tests/golden", "-n", "2"),), limit_s=600),
    Tier(
        "contract",
        (
            (PYTHON, "-m", "tests.modelserver", "models"),
            (PYTHON, "-m", "tests.testbed", "binaries"),  # kubectl
            _pytest("tests/contract", "-m", "not control_plane and not cluster", "-n", "2"),
        ),
        limit_s=2400,
    ),
    Tier(
        "control-plane",
        (
            (PYTHON, "-m", "tests.testbed", "binaries"),
            _pytest("tests/contract", "tests/integration", "-m", "control_plane", "-n", "2", "--dist", "loadfile"),
        ),
        limit_s=2400,
    ),
    Tier(
        "cluster",
        (
            (PYTHON, "-m", "tests.testbed", "up"),
            (PYTHON, "-m", "tests.testbed", "gateway"),
            (PYTHON, "-m", "tests.testbed", "ingress"),
            (PYTHON, "-m", "tests.modelserver", "image"),
            # Most of the time of these tests is waiting for pods; those of a file share services.
            _pytest("tests/integration", "-m", "cluster", "-n", "2", "--dist", "loadfile"),
        ),
        limit_s=3000,
    ),
)


def run(tier: Tier) -> tuple[bool, float]:
    """Run one tier; true when every command ended with 0 within the tier's limit."""
    start = time.monotonic()
    environment = {**os.environ, "TFK8S_NO_SKIP": "1"}
    for command in tier.commands:
        left = tier.limit_s - (time.monotonic() - start)
        _say(f"== {tier.name}: {' '.join(command).replace(str(BIN) + '/', '')}")
        try:
            code = subprocess.run(command, cwd=ROOT, env=environment, timeout=max(left, 1), check=False).returncode
        except subprocess.TimeoutExpired:
            _say(f"== {tier.name}: stopped after {tier.limit_s} s")
            return False, time.monotonic() - start
        if code:
            return False, time.monotonic() - start
    return True, time.monotonic() - start


def main(names: list[str]) -> int:
    """Run the named tiers, print a line for each, and answer with the exit code."""
    known = {tier.name: tier for tier in TIERS}
    unknown = [name for name in names if name not in known]
    if unknown:
        _say(f"error: no tier {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    results = [(tier.name, *run(tier)) for tier in TIERS if not names or tier.name in names]
    for name, passed, seconds in results:
        _say(f"{'passed' if passed else 'FAILED'}  {name:<14} {seconds:7.1f} s")
    return 0 if all(passed for _, passed, _ in results) else 1


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
