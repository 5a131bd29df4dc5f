from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner

from tfk8s.cli.progress import JsonReporter, PlainReporter, ProgressStyle, describe, progress_option, reporter
from tfk8s.cli.progress_bar import Rate, bar_line
from tfk8s.manifest import ObjectRef
from tfk8s.ports import Event, Note, ObjectChanged, Progress, Reporter, StepDone, StepStarted, Waiting, Warn

DEPLOYMENT = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="serving", name="resnet")
EVENTS: tuple[Event, ...] = (
    StepStarted(step="apply"),
    ObjectChanged(ref=DEPLOYMENT, action="create"),
    Waiting(
        what="Deployment/resnet in serving", reasons=("0 of 1 replicas are available", "the Service has no endpoint")
    ),
    StepDone(step="apply", outcome="9 objects", seconds=1.25),
    Note(message="the model answers"),
    Warn(message="no metrics API", hint="install metrics-server"),
)


def _lines(emitter: Reporter, events: tuple[Event, ...]) -> list[str]:
    @click.command()
    def command() -> None:
        for event in events:
            emitter.emit(event)

    result = CliRunner().invoke(command)
    assert result.exit_code == 0
    assert result.stdout == ""
    return result.stderr.splitlines()


def test_plain_progress_is_a_line_an_event_on_stderr() -> None:
    assert _lines(PlainReporter(), EVENTS) == [
        "apply ...",
        "  create     Deployment/resnet in serving",
        "  waiting for Deployment/resnet in serving: 0 of 1 replicas are available; the Service has no endpoint",
        "apply: 9 objects (1.2 s)",
        "the model answers",
        "warning: no metrics API",
        "hint:    install metrics-server",
    ]


def test_plain_progress_shows_a_measured_work_once_a_tenth() -> None:
    work = tuple(Progress(what="upload", done=done, total=100, unit="MB") for done in range(101))

    assert len(_lines(PlainReporter(), work)) == 11


@pytest.mark.parametrize(
    ("total", "unit", "line"),
    [
        (207255040, "bytes", "  image: 10 of 198 MiB"),
        (0, "bytes", "  image: 10 MiB"),
        (20971520, "requests", "  image: 10447872 of 20971520 requests"),
    ],
)
def test_measured_work_is_said_in_its_unit_and_bytes_in_mebibytes(total: int, unit: str, line: str) -> None:
    assert describe(Progress(what="image", done=10447872, total=total, unit=unit)) == line


def _rates(*seen: tuple[float, int], what: str = "push") -> list[float | None]:
    """The rate after each (seconds, bytes done)."""
    times = iter([seconds for seconds, _ in seen])
    rate = Rate(lambda: next(times))
    return [rate.of(Progress(what=what, done=done, total=1000, unit="bytes")) for _, done in seen]


def test_a_rate_needs_half_a_second_and_follows_the_last_five() -> None:
    assert _rates((0, 0), (0.2, 50), (1, 100)) == [None, None, 100]
    assert _rates((0, 0), (1, 500), (2, 510), (7, 560))[-1] == 10  # the fast start is forgotten


def test_a_rate_begins_anew_with_another_piece_of_work_and_when_work_is_done_again() -> None:
    times = iter([0.0, 1.0, 2.0, 3.0, 4.0])
    rate = Rate(lambda: next(times))

    def after(what: str, done: int) -> float | None:
        return rate.of(Progress(what=what, done=done, total=1000, unit="bytes"))

    assert (after("a", 0), after("a", 10), after("b", 500)) == (None, 10, None)
    assert (after("b", 400), after("b", 420)) == (None, 20)


@pytest.mark.parametrize(
    ("event", "rate", "line"),
    [
        (
            Progress(what="push", done=50, total=200, unit="bytes"),
            2**21,
            "push  █████░░░░░░░░░░░░░░░  25 %  …  2.0 MiB/s",
        ),
        (Progress(what="push", done=300, total=200, unit="bytes"), None, "push  ████████████████████ 100 %  …"),
        (Progress(what="pods", done=1, total=0, unit="pods"), 3.0, "pods  …"),
    ],
)
def test_a_bar_shows_how_much_is_done_and_for_bytes_how_fast(event: Progress, rate: float | None, line: str) -> None:
    assert bar_line(event, amount="…", rate=rate) == line


def test_json_progress_is_an_object_a_line_that_names_its_event() -> None:
    objects = [json.loads(line) for line in _lines(JsonReporter(), EVENTS)]

    assert [entry["event"] for entry in objects] == [type(event).__name__ for event in EVENTS]
    assert objects[1]["ref"] == {
        "api_version": "apps/v1",
        "kind": "Deployment",
        "namespace": "serving",
        "name": "resnet",
    }


def test_progress_option_chooses_plain_lines_when_stderr_is_no_terminal() -> None:
    chosen: list[Reporter] = []

    @click.command()
    @progress_option
    def command(*, progress: ProgressStyle) -> None:
        chosen.append(reporter(progress))

    CliRunner().invoke(command)

    assert isinstance(chosen[0], PlainReporter)
