"""`tfk8s --help` against `python -c "import click, rich"`, in turn, in one run."""

from __future__ import annotations

import statistics
import sys

from tests.bench.inspect_bench import measure

ROUNDS, MOST_RATIO = 5, 1.5


def main() -> int:
    """Measure both in alternating rounds, print the medians and their ratio."""
    help_command = [
        sys.executable,
        "-c",
        "import sys; sys.argv[1:] = ['--help']; from tfk8s.cli.main import main; main()",
    ]
    base_command = [sys.executable, "-c", "import click, rich"]
    ratios, ours, base = [], [], []
    for _ in range(ROUNDS):
        ours.append(measure(help_command, runs=7).median_s)
        base.append(measure(base_command, runs=7).median_s)
        ratios.append(ours[-1] / base[-1])
    ratio = statistics.median(ratios)
    sys.stdout.write(
        f"tfk8s --help: median {statistics.median(ours) * 1000:.0f} ms, import click and rich: "
        f"{statistics.median(base) * 1000:.0f} ms, ratio {ratio:.2f}\n"
        f"  {'met' if ratio < MOST_RATIO else 'MISSED'}: ratio under {MOST_RATIO}\n"
    )
    return 0 if ratio < MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
