"""Fuzzes readers of what others wrote, guided by coverage: `python -m tests.fuzz [TARGET ...] --minutes 30`.

Each target runs in processes of its own, one target after the other. What was learned stays in `build/fuzz/TARGET`,
where the next run goes on; the summary is printed and written beside it. The exit code is 1 when there are findings.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from tests.fuzz.progress import Progress, progress_of
from tests.fuzz.targets import TARGETS

_FOLDER: Final = Path("build/fuzz")
_SHORTEST_S: Final = 5


class Outcome(NamedTuple):
    """What a run of a target came to.

    Attributes:
        seconds: in which inputs were tried.
        process_mib: of the fuzzer's process at most, with what it remembers of the inputs.
        input_mib: that one input took at most.
    """

    target: str
    seconds: int
    processes: int
    executions: int
    edges: int
    corpus: int
    process_mib: int
    input_mib: int
    findings: tuple[str, ...]


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help=f"{', '.join(TARGETS)}; all of them by default")
    parser.add_argument("--minutes", type=float, default=30.0, help="for each target")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="where inputs and findings are kept")
    options = parser.parse_args()
    found = 0
    for target in options.targets or TARGETS:
        outcome = _run(target, options.folder / target, seconds=round(options.minutes * 60))
        (options.folder / f"{target}.json").write_text(json.dumps(outcome._asdict(), indent=2) + "\n")
        sys.stdout.write(_told(outcome) + "\n")
        found += len(outcome.findings)
    return 1 if found else 0


def _run(target: str, folder: Path, *, seconds: int) -> Outcome:
    for name in ("corpus", "findings", "artifacts"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    runs: list[Progress] = []
    used, processes = 0.0, 0
    while seconds - used >= _SHORTEST_S:
        start = time.monotonic()
        log = folder / f"log-{processes}"
        with log.open("wb") as file:
            subprocess.run(
                [sys.executable, "-m", "tests.fuzz.engine", target, str(folder), str(round(seconds - used))],
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=seconds - used + 300,
            )
        used += max(time.monotonic() - start, 1.0)
        processes += 1
        runs.append(progress_of(log.read_text("utf-8", "replace")))
    findings = {path.read_text("utf-8").splitlines()[0] for path in (folder / "findings").glob("*-told")}
    findings |= {f"ended the process: {path.name}" for path in (folder / "artifacts").iterdir()}
    return Outcome(
        target=target,
        seconds=round(used),
        processes=processes,
        executions=sum(run.executions for run in runs),
        edges=max((run.edges for run in runs), default=0),
        corpus=max((run.corpus for run in runs), default=0),
        process_mib=max((run.peak_mib for run in runs), default=0),
        input_mib=int((folder / "peak").read_text()) >> 20 if (folder / "peak").exists() else 0,
        findings=tuple(sorted(findings)),
    )


def _told(outcome: Outcome) -> str:
    head = (
        f"{outcome.target}: {outcome.seconds / 60:.1f} minutes, {outcome.executions:,} executions, "
        f"{outcome.edges:,} edges, {outcome.corpus:,} inputs kept, at most {outcome.input_mib} MiB for an input, "
        f"{outcome.process_mib} MiB in all, {outcome.processes} processes, {len(outcome.findings)} findings"
    )
    return "\n  ".join([head, *outcome.findings])


if __name__ == "__main__":
    sys.exit(main())
