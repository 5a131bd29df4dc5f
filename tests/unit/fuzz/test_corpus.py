"""What a fuzzer found worth keeping is tried again, as fast as tests are: no traceback, no hang, little memory."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.guard import UnshownError, run_guarded, show_failure
from tests.fuzz.progress import Progress, progress_of
from tests.fuzz.targets import TARGETS, module_name
from tfk8s.errors import InputError

CORPUS = Path(__file__).resolve().parents[2] / "fuzz" / "corpus"


def inputs() -> Iterator[tuple[str, Path]]:
    for target in TARGETS:
        for path in sorted((CORPUS / target).iterdir()):
            yield target, path


@pytest.mark.parametrize("target", TARGETS)
def test_whole_inputs_are_read_in_every_way(target: str) -> None:
    module = importlib.import_module(module_name(target))

    for data in module.seeds():
        run_guarded(module.check, data)


@pytest.mark.parametrize(
    ("target", "path"), [pytest.param(*found, id=f"{found[0]}-{found[1].name}") for found in inputs()]
)
def test_an_input_that_was_found_ends_as_it_should(target: str, path: Path) -> None:
    run_guarded(importlib.import_module(module_name(target)).check, path.read_bytes())


def test_the_corpus_stays_small_enough_to_be_kept() -> None:
    sizes = [path.stat().st_size for _, path in inputs()]

    assert len(sizes) > 50
    assert sum(sizes) < 64 << 10


def test_a_failure_that_would_control_a_terminal_counts_as_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.guard.describe", lambda error: str(error))

    with pytest.raises(UnshownError, match=re.escape("\\x1b")):
        show_failure(InputError("\x1b[2J"))


def test_an_exception_that_is_none_of_ours_counts_as_found() -> None:
    def broken(data: bytes) -> None:
        raise IndexError(data)

    def refused(data: bytes) -> None:
        raise InputError("no")

    with pytest.raises(IndexError):
        run_guarded(broken, b"")
    run_guarded(refused, b"")


def test_how_far_a_run_got_is_read_from_its_last_line_and_its_memory_from_all() -> None:
    log = (
        "INFO: ...\n#2\tINITED cov: 5 ft: 6 corp: 1/2b exec/s: 0 rss: 91Mb\n"
        "#16384\tpulse  cov: 584 ft: 1219 corp: 153/19Kb lim: 493 exec/s: 776 rss: 78Mb\nDone\n"
    )

    assert progress_of(log) == Progress(executions=16384, edges=584, corpus=153, peak_mib=91)
    assert progress_of("Traceback") == Progress(0, 0, 0, 0)
