"""`tfk8s versions list` on a terminal, in a pipe and as JSON."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from tests.fakes.service import small_service
from tests.unit.rollout.fleets import config, fleet, pod, state
from tfk8s.app.versions_list import Sight
from tfk8s.cli import versions_list
from tfk8s.cli.main import root
from tfk8s.cli.output import Format
from tfk8s.errors import PreconditionError
from tfk8s.ports.cluster import ClusterUnreachableError
from tfk8s.rollout.fleet import Fleet

SERVED = config((1, 2))
SOUND = fleet(pod("resnet-a", state(1), state(2)), served=SERVED)
BROKEN = fleet(pod("resnet-a", state(1), state(2, error="no such bucket")), served=SERVED)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def reads(*found: Fleet) -> Callable[[], Fleet]:
    left = list(found)

    def read() -> Fleet:
        if not left:
            raise KeyboardInterrupt
        return left.pop(0)

    return read


def sight(read: Callable[[], Fleet]) -> Sight:
    return Sight(name=small_service().name, read=read, beside=lambda: ())


def watch(*found: Fleet, output: Format = "text", stdout: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "stdout", stdout)
    return versions_list._watch(sight(reads(*found)), interval_s=0.001, output=output)


def test_in_a_pipe_a_watch_tells_each_change_once_and_ends_with_the_last_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.StringIO()

    code = watch(SOUND, SOUND, BROKEN, BROKEN, stdout=out, monkeypatch=monkeypatch)

    text = out.getvalue()
    assert code == 6
    assert text.count("POD ") == 2
    assert text.count("no such bucket") == 2  # in the table and as the cause
    assert "\x1b" not in text


def test_a_watch_as_json_is_a_line_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()

    assert watch(BROKEN, SOUND, SOUND, output="json", stdout=out, monkeypatch=monkeypatch) == 0

    assert [json.loads(line)["sound"] for line in out.getvalue().splitlines()] == [False, True]


def test_a_watch_as_yaml_is_a_document_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()

    watch(BROKEN, SOUND, output="yaml", stdout=out, monkeypatch=monkeypatch)

    assert [line[:4] for line in out.getvalue().splitlines()] == ["--- ", "--- "]


def test_on_a_terminal_the_newest_look_takes_the_place_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "140")
    out = Terminal()

    code = watch(SOUND, BROKEN, stdout=out, monkeypatch=monkeypatch)

    assert code == 6
    assert "\x1b[1A" in out.getvalue()  # up again, over what stood there
    last = out.getvalue().rpartition("Ctrl-C ends")[2]
    assert last.index("could not be loaded") < last.index("POD ")


def test_without_colours_a_terminal_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "140")
    coloured, plain = Terminal(), Terminal()

    watch(BROKEN, stdout=coloured, monkeypatch=monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    watch(BROKEN, stdout=plain, monkeypatch=monkeypatch)

    assert "\x1b[31m" in coloured.getvalue()
    assert "\x1b[31m" not in plain.getvalue()


def test_a_dumb_terminal_gets_lines_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    out, told = Terminal(), []
    looks = reads(SOUND, BROKEN)

    def read() -> Fleet:
        told.append(out.getvalue().count("POD "))
        return looks()

    monkeypatch.setattr(sys, "stdout", out)

    versions_list._watch(sight(read), interval_s=0.001, output="text")

    assert told == [0, 1, 2]
    assert "\x1b[1A" not in out.getvalue()


def test_a_watch_that_never_saw_the_cluster_ends_as_a_look_would(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def read() -> Fleet:
        nonlocal looks
        looks += 1
        if looks > 1:
            raise KeyboardInterrupt
        raise ClusterUnreachableError("nobody answers")

    monkeypatch.setattr(sys, "stdout", io.StringIO())

    code = versions_list._watch(sight(read), interval_s=0.001, output="text")

    assert code == PreconditionError.exit_code


def test_a_service_is_named_by_its_spec_or_by_its_name_and_not_by_both() -> None:
    for command in (["versions", "list"], ["status"]):
        done = CliRunner().invoke(root, [*command, "--name", "resnet", "-f", "tfk8s.yaml"])

        assert done.exit_code == 2
        assert "-f or --name" in done.output


def test_the_help_has_an_example_of_each_way() -> None:
    text = CliRunner().invoke(root, ["versions", "list", "--help"]).output

    assert "tfk8s versions list --watch" in text
    assert "--name resnet -n serving -o json" in text
