"""`tfk8s inspect` against `saved_model_cli show --all` on the exported ResNet50, in one run: wall time and peak memory.

Run `python -m tests.bench.inspect_bench`, or `make bench` for it and the others. Exit code 1 when a target is missed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.modelserver import venv
from tests.modelserver.__main__ import export_resnet
from tests.modelserver.paths import Paths

ROUNDS, OURS_IN_A_ROUND = 5, 5
LONGEST_S, MOST_BYTES, LEAST_RATIO = 0.150, 60 * 2**20, 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Median and best wall time, median processor time, and the highest peak memory of some runs."""

    median_s: float
    best_s: float
    processor_s: float
    peak_bytes: int


def measure(ours: Sequence[str | Path], theirs: Sequence[str | Path]) -> tuple[Figures, Figures]:
    """Run both once to warm the caches, then in turn, so that what else the machine does weighs on both alike."""
    _run(ours)
    _run(theirs)
    samples_of_ours, samples_of_theirs = [], []
    for _ in range(ROUNDS):
        samples_of_theirs.append(_run(theirs))
        samples_of_ours += [_run(ours) for _ in range(OURS_IN_A_ROUND)]
    return _figures(samples_of_ours), _figures(samples_of_theirs)


def _figures(samples: Sequence[tuple[float, float, int]]) -> Figures:
    return Figures(
        median_s=statistics.median(wall for wall, _, _ in samples),
        best_s=min(wall for wall, _, _ in samples),
        processor_s=statistics.median(processor for _, processor, _ in samples),
        peak_bytes=max(peak for _, _, peak in samples),
    )


def _run(command: Sequence[str | Path]) -> tuple[float, float, int]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)  # Popen must not wait for it again
    assert process.returncode == 0, command
    return wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


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
        _say(
            f"  {name:<16} median {figures.median_s:6.3f} s  best {figures.best_s:6.3f} s"
            f"  processor {figures.processor_s:6.3f} s  peak {figures.peak_bytes / 2**20:6.1f} MiB"
        )
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
