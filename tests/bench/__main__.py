"""`make bench`: every measurement, one after the other; exit code 1 when one misses its target."""

from __future__ import annotations

import sys

from tests.bench import diff_bench, inspect_bench, load_bench, push_bench, render_bench, startup_bench

if __name__ == "__main__":
    codes = [bench.main() for bench in (startup_bench, render_bench, inspect_bench, push_bench, diff_bench, load_bench)]
    sys.exit(max(codes))
