"""Runs the tiers of the test suite: `python -m tests.tiers [TIER ...]`, all of them by default.

Every tier that was asked for runs, and a failure stops its own tier alone; a tier that could not run, or that found no
test, has failed. What a tier needs (the model server's environment, the cluster) it builds itself, so the first run on
a machine takes long and later ones do not. Tiers of different lanes run side by side (`lanes.py`), since the cluster's
mostly wait for pods.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tests.lanes import Result, Tier, run_tiers
from tests.programs import Programs

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent


def _pytest(*args: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "pytest", "-q", *args)


def _tool(name: str, *args: str) -> tuple[str, ...]:
    return (str(BIN / name), *args)


TIMED = "timed"
"""The mark of the tests that measure time so closely that other work on the machine would fail them."""
BINARIES = (PYTHON, "-m", "tests.testbed", "binaries")

# Bytecode is kept, whatever the machine says: every worker, and every command of ours, would compile all of it again.
ENVIRONMENT = {"TFK8S_NO_SKIP": "1", "PYTHONDONTWRITEBYTECODE": ""}

TIERS = (
    # Alone, and first: nothing of ours runs on the machine yet.
    Tier(name="timed", commands=(_pytest("tests/unit", "tests/contract", "-m", TIMED),), limit_s=300, lane="alone"),
    Tier(
        name="check",
        commands=(
            _tool("ruff", "format", "--check", "--quiet", "."),
            _tool("ruff", "check", "--quiet", "."),
            _tool("lint-imports"),
            _tool("mypy"),
        ),
        limit_s=600,
    ),
    Tier(name="unit", commands=(_pytest("tests/unit", "-m", f"not {TIMED}", "-n", "2"),), limit_s=600),
    Tier(name="golden", commands=(_pytest("tests/golden", "-n", "2"),), limit_s=600),
    Tier(
        name="contract",
        builds=((PYTHON, "-m", "tests.modelserver", "models"), BINARIES),
        # Much of it waits for servers and their time-outs.
        commands=(_pytest("tests/contract", "-m", f"not control_plane and not cluster and not {TIMED}", "-n", "3"),),
        limit_s=3000,
    ),
    Tier(
        name="control-plane",
        builds=(BINARIES,),
        commands=(
            # Many of these tests wait for controllers.
            _pytest("tests/contract", "tests/integration", "-m", "control_plane", "-n", "3", "--dist", "loadgroup"),
        ),
        limit_s=3000,
    ),
    Tier(
        name="cluster",
        builds=(
            (PYTHON, "-m", "tests.testbed", "up"),
            (PYTHON, "-m", "tests.demo", "clear"),
            (PYTHON, "-m", "tests.testbed", "gateway"),
            (PYTHON, "-m", "tests.testbed", "ingress"),
            (PYTHON, "-m", "tests.testbed", "policies"),
            (PYTHON, "-m", "tests.testbed", "prometheus"),
            (PYTHON, "-m", "tests.testbed", "keda"),
            (PYTHON, "-m", "tests.modelserver", "image"),
        ),
        # Most of the time of these tests is waiting for pods, so there are more workers than processors.
        commands=(_pytest("tests/integration", "-m", "cluster", "-n", "3", "--dist", "loadgroup"),),
        limit_s=4500,
        lane="cluster",
    ),
)


def main(names: Sequence[str]) -> int:
    """Run the named tiers, print a line for each, and answer with the exit code."""
    known = {tier.name: tier for tier in TIERS}
    unknown = [name for name in names if name not in known]
    programs = Programs(folder=ROOT, environment=ENVIRONMENT)
    if unknown:
        programs.say(f"error: no tier {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    start = time.monotonic()
    try:
        results = run_tiers([tier for tier in TIERS if not names or tier.name in names], programs=programs)
    except KeyboardInterrupt:
        programs.say("interrupted; everything that was started has ended")
        return 130
    _tell(results, seconds=time.monotonic() - start, programs=programs)
    return 0 if all(result.passed for result in results) else 1


def _tell(results: Sequence[Result], *, seconds: float, programs: Programs) -> None:
    for result in results:
        for line in result.failures:
            programs.say(f"{result.name}: {line}")
    for result in results:
        programs.say(f"{'passed' if result.passed else 'FAILED'}  {result.name:<14} {result.seconds:7.1f} s")
    if len(results) > 1:
        programs.say(f"        {'together':<14} {seconds:7.1f} s")


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
