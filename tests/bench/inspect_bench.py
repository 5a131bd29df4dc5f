"""`tfk8s inspect` against `saved_model_cli show --all` on the exported ResNet50, in one run: wall time and peak memory.

Run `python -m tests.bench.inspect_bench`, or `make bench` for it and the others. Exit code 1 when a target is missed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.bench.timing import OURS_IN_A_ROUND, ROUNDS, measure
from tests.modelserver import venv
from tests.modelserver.__main__ import export_resnet
from tests.modelserver.paths import Paths

LONGEST_S, MOST_BYTES, LEAST_RATIO = 0.150, 60 * 2**20, 30.0


def main() -> int:
    """Measure both, print both and the ratio, and say whether the targets are met."""
    paths = Paths.from_environment()
    python = venv.ensure(paths)
    model = export_resnet(paths, paths.models, weights="random").parent
    ours, theirs = measure(
        [Path(sys.executable).with_name("tfk8s"), "inspect", model],
        [python.with_name("saved_model_cli"), "show", "--all", "--dir", model / "1"],
    )
    ratio = theirs.median_s / ours.median_s
    runs = f"{ROUNDS * OURS_IN_A_ROUND} and {ROUNDS} runs in turn"
    _say(f"inspect ResNet50 ({runs}, load average {os.getloadavg()[0]:.1f})")
    for name, figures in (("tfk8s inspect", ours), ("saved_model_cli", theirs)):
        _say(figures.line(name))
    _say(f"  ratio            {ratio:.1f} times faster, {theirs.peak_bytes / ours.peak_bytes:.1f} times less memory")
    met = ours.median_s < LONGEST_S and ours.peak_bytes < MOST_BYTES and ratio >= LEAST_RATIO
    target = (
        f"under {LONGEST_S * 1000:.0f} ms, under {MOST_BYTES // 2**20} MiB, at least {LEAST_RATIO:.0f} times faster"
    )
    _say(f"  {'met' if met else 'MISSED'}: {target}")
    return 0 if met else 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
