"""`tfk8s --help` against `python -c "import click, rich"`, in turn, in one run."""

from __future__ import annotations

import sys

from tests.bench.timing import measure

MOST_RATIO = 1.5


def main() -> int:
    """Measure both, print the medians and their ratio, and say whether the target is met."""
    ours, base = measure(
        [sys.executable, "-c", "import sys; sys.argv[1:] = ['--help']; from tfk8s.cli.main import main; main()"],
        [sys.executable, "-c", "import click, rich"],
    )
    ratio = ours.median_s / base.median_s
    sys.stdout.write(
        f"tfk8s --help: median {ours.median_s * 1000:.0f} ms, import click and rich: "
        f"{base.median_s * 1000:.0f} ms, ratio {ratio:.2f}\n"
        f"  {'met' if ratio < MOST_RATIO else 'MISSED'}: ratio under {MOST_RATIO}\n"
    )
    return 0 if ratio < MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
