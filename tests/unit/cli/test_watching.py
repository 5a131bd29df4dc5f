"""A watch on a terminal, in a pipe and as JSON, and how it ends."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tfk8s.cli.output import Format
from tfk8s.cli.watching import show_looks


@dataclass(frozen=True)
class Seen:
    """A look that shows one word."""

    word: str
    exit_code: int = 0
    time: str = "2026-01-01T00:00:00Z"

    def shows_same(self, other: Seen | None) -> bool:
        return other is not None and self.word == other.word


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def looks(*seen: Seen) -> Iterator[Seen]:
    yield from seen
    raise KeyboardInterrupt


def watched(*seen: Seen, output: Format, stdout: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "stdout", stdout)
    return show_looks(
        looks(*seen), document=lambda look: {"word": look.word}, lines=lambda look: [look.word], output=output
    )


def test_a_pipe_gets_each_change_once(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()

    assert watched(Seen("a"), Seen("a"), Seen("b"), output="text", stdout=out, monkeypatch=monkeypatch) == 0
    assert out.getvalue() == "2026-01-01T00:00:00Z\na\n\n2026-01-01T00:00:00Z\nb\n\n"


@pytest.mark.parametrize(("output", "start"), [("json", ""), ("yaml", "--- ")])
def test_a_document_is_a_line(output: Format, start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()

    watched(Seen("a"), Seen("b"), output=output, stdout=out, monkeypatch=monkeypatch)

    lines = out.getvalue().splitlines()
    assert [json.loads(line.removeprefix(start))["word"] for line in lines] == ["a", "b"]


def test_a_terminal_shows_the_newest_look_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()

    watched(Seen("first"), Seen("second"), output="text", stdout=out, monkeypatch=monkeypatch)

    assert "second" in out.getvalue()
    assert "Ctrl-C ends" in out.getvalue()


def test_interrupted_it_ends_with_the_code_of_the_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    for seen, code in (((Seen("a"), Seen("b", exit_code=4)), 4), ((Seen("b", exit_code=4), Seen("a")), 0), ((), 4)):
        assert watched(*seen, output="text", stdout=io.StringIO(), monkeypatch=monkeypatch) == code
