"""`tfk8s status --watch` and `--html`: what is written to stdout, into the page, and which code ends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.fakes.service import NAME, small_service
from tests.unit.app.apply_stage import Stage
from tests.unit.app.test_status_looks import INTERVAL_S, GrowingMetrics, watched
from tfk8s.app.status_looks import StatusRound, status_rounds
from tfk8s.cli.main import root
from tfk8s.cli.picture_output import Target
from tfk8s.cli.status_watch import snapshot_status, watch_status
from tfk8s.errors import PreconditionError


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.apply(small_service(replicas=2))
    return made


def looks(stage: Stage, *, count: int) -> Iterator[StatusRound]:
    """Some looks, then Ctrl-C."""
    service = watched(stage, GrowingMetrics())
    yield from islice(status_rounds([service], clock=stage.clock, interval_s=INTERVAL_S), count)
    raise KeyboardInterrupt


def test_in_a_pipe_each_look_is_plain_lines_until_ctrl_c(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    code = watch_status(looks(stage, count=3), html=None, output="text")

    told = capsys.readouterr().out
    assert code == 0
    assert "\x1b" not in told
    assert told.count(f"{NAME} in serving: complete") == 2, "the third look showed what the second did"
    assert told.count("/s answered") == 1


def test_programs_read_a_document_a_line(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    watch_status(looks(stage, count=2), html=None, output="json")

    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["regions"][""]["traffic"] is None
    assert second["regions"][""]["traffic"]["models"][NAME]["answeredPerSecond"] > 0


def test_a_service_that_changes_nothing_is_told_once(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    service = watched(stage, GrowingMetrics(silent={"-0", "-1"}))

    def quiet() -> Iterator[StatusRound]:
        yield from islice(status_rounds([service], clock=stage.clock, interval_s=INTERVAL_S), 4)
        raise KeyboardInterrupt

    watch_status(quiet(), html=None, output="text")

    assert capsys.readouterr().out.count(f"{NAME} in serving") == 2, "the first look, and the second, which knows more"


def test_the_code_is_that_of_the_last_look(stage: Stage) -> None:
    def broken() -> None:
        raise PreconditionError("the API server does not answer")

    def going_away() -> Iterator[StatusRound]:
        rounds = status_rounds([watched(stage, GrowingMetrics())], clock=stage.clock, interval_s=INTERVAL_S)
        yield next(rounds)
        stage.cluster.before_read = broken
        yield next(rounds)
        raise KeyboardInterrupt

    assert watch_status(going_away(), html=None, output="text") == PreconditionError.exit_code


def test_a_page_is_written_of_the_second_look(stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = Target(path=tmp_path / "status.html", kind="html")

    code = snapshot_status(looks(stage, count=5), html=page, output="text")

    text = page.path.read_text()
    assert code == 0
    assert f"<title>{NAME} in serving</title>" in text
    assert "Traffic is of" in text
    assert "/s answered" in capsys.readouterr().out
    assert stage.clock.monotonic_s() < 10 * INTERVAL_S, "two looks, no more"


def test_a_watch_writes_its_page_at_each_look(stage: Stage, tmp_path: Path) -> None:
    page = Target(path=tmp_path / "status.html", kind="html")

    watch_status(looks(stage, count=4), html=page, output="text")

    assert "Looks before it" in page.path.read_text()
    assert "The course of the looks" in page.path.read_text()


def test_help_tells_of_both() -> None:
    told = CliRunner().invoke(root, ["status", "--help"]).stdout

    assert "tfk8s status --watch --interval 10" in told
    assert "--html FILE.html" in told
