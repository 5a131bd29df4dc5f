"""Two commands run in turn, so that what else the machine does weighs on both alike; wall time and peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Sequence[str | Path]
Sample = tuple[float, float, int]
"""Wall time and processor time in seconds, peak memory in bytes."""

ROUNDS, OURS_IN_A_ROUND = 5, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Median and best wall time, median processor time, and the highest peak memory of some runs."""

    median_s: float
    best_s: float
    processor_s: float
    peak_bytes: int

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Figures:
        """Sum the runs up."""
        return cls(
            median_s=statistics.median(wall for wall, _, _ in samples),
            best_s=min(wall for wall, _, _ in samples),
            processor_s=statistics.median(processor for _, processor, _ in samples),
            peak_bytes=max(peak for _, _, peak in samples),
        )

    def line(self, name: str) -> str:
        """The figures for people."""
        return (
            f"  {name:<16} median {self.median_s:6.3f} s  best {self.best_s:6.3f} s"
            f"  processor {self.processor_s:6.3f} s  peak {self.peak_bytes / 2**20:6.1f} MiB"
        )


def measure(ours: Command, theirs: Command) -> tuple[Figures, Figures]:
    """Run both once to warm the caches, then in turn, ours more often."""
    run(ours)
    run(theirs)
    samples_of_ours, samples_of_theirs = [], []
    for _ in range(ROUNDS):
        samples_of_theirs.append(run(theirs))
        samples_of_ours += [run(ours) for _ in range(OURS_IN_A_ROUND)]
    return Figures.of(samples_of_ours), Figures.of(samples_of_theirs)


def measure_pairs(
    ours: Callable[[], Sample], theirs: Callable[[], Sample], *, rounds: int = ROUNDS
) -> tuple[Figures, Figures, float]:
    """Run pairs, either one first in turn; the third answer is the median of the pairs' ratios of wall time."""
    pairs = []
    for number in range(rounds + 1):
        if number % 2:
            mine, other = ours(), theirs()
        else:
            other, mine = theirs(), ours()
        pairs.append((mine, other))
    counted = pairs[1:]  # the first warms the caches
    ratio = statistics.median(mine[0] / other[0] for mine, other in counted)
    return Figures.of([mine for mine, _ in counted]), Figures.of([other for _, other in counted]), ratio


def run(command: Command, *, env: dict[str, str] | None = None) -> Sample:
    """Run a command to its good end."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", **(env or {})}
    with tempfile.TemporaryFile() as told:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # Popen must not wait for it again
        told.seek(0)
        assert process.returncode == 0, f"{command}: {told.read().decode(errors='replace')}"
    return wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
