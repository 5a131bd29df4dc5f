"""One process of a run: `python -m tests.fuzz.engine TARGET FOLDER SECONDS`; ends early at the first input that it
cannot go on after. What it finds is in `FOLDER/findings`, one file an input and one with what happened.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import atheris

from tests.fuzz.targets import module_name

with atheris.instrument_imports(include=["tfk8s"]):
    from tests.fuzz.guard import TooSlowError, run_guarded

LONGEST_INPUT: Final = 32 << 10
_OURS: Final = "/src/tfk8s/"


class Findings:
    """Each kind of failure once: the same exception from the same line of ours is one kind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = {path.name.partition("-")[0] for path in folder.iterdir()}

    def add(self, data: bytes, error: BaseException) -> None:
        """Keep the input and the traceback, unless the kind is known."""
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if _OURS in frame.filename]
        last = ours[-1] if ours else frames[-1]
        kind = f"{type(error).__name__} {Path(last.filename).name}:{last.lineno}"
        name = hashlib.sha256(kind.encode()).hexdigest()[:8]
        if name not in self._known:
            self._known.add(name)
            (self._folder / f"{name}-input").write_bytes(data)
            text = "".join(traceback.format_exception(error))
            (self._folder / f"{name}-told").write_text(f"{kind}\n{text[-20_000:]}", "utf-8", "backslashreplace")


def main(name: str, folder: Path, seconds: int) -> None:
    """Run a target until the time is up."""
    with atheris.instrument_imports(include=["tfk8s"]):
        target = importlib.import_module(module_name(name))
        for data in target.seeds():  # also loads what is loaded at the first use
            with contextlib.suppress(BaseException):
                run_guarded(target.check, data)
    findings = Findings(folder / "findings")
    _prepare(target, folder)
    atheris.Setup(
        [
            sys.argv[0],
            str(folder / "corpus"),
            f"-max_total_time={seconds}",
            f"-max_len={LONGEST_INPUT}",
            f"-dict={folder / 'words'}",
            f"-artifact_prefix={folder / 'artifacts'}/",
            "-timeout=60",
            "-report_slow_units=60",  # of the clock; the guard counts processor time, which other work does not stretch
            "-rss_limit_mb=1024",
            "-reload=0",
            "-print_final_stats=1",
        ],
        _tester(target, findings=findings, peak=folder / "peak"),
        custom_mutator=_mutator(target),
    )
    atheris.Fuzz()


def _tester(target: ModuleType, *, findings: Findings, peak: Path) -> Callable[[bytes], None]:
    most = int(peak.read_text()) if peak.exists() else 0

    def test(data: bytes) -> None:
        nonlocal most
        try:
            taken = run_guarded(target.check, data)
            if taken > most:
                most = taken
                peak.write_text(str(most))
        except (Exception, TooSlowError) as error:  # noqa: BLE001 - whatever it is, it is a finding
            findings.add(data, error)

    return test


def _mutator(target: ModuleType) -> Callable[[bytes, int, int], bytes] | None:
    mutate: Callable[..., bytes] | None = getattr(target, "mutate", None)
    if mutate is None:
        return None

    def call(data: bytes, most: int, seed: int) -> bytes:
        return mutate(data, most=most, seed=seed, native=atheris.Mutate)

    return call


def _prepare(target: ModuleType, folder: Path) -> None:
    for data in target.seeds():
        path = folder / "corpus" / hashlib.sha256(data).hexdigest()
        if len(data) <= LONGEST_INPUT and not path.exists():
            path.write_bytes(data)
    (folder / "words").write_text("".join(_escaped(target.WORDS)))


def _escaped(words: Iterable[bytes]) -> Iterator[str]:
    for word in words:
        yield '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n'


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
