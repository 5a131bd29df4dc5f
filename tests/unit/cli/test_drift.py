from __future__ import annotations

import io
import sys

import pytest

from tfk8s.app.drift import ServiceDrift
from tfk8s.cli import drift
from tfk8s.errors import ClusterRejectedError, PreconditionError


class _Interrupting(io.StringIO):
    """A reader who presses Ctrl-C at the first line that is told."""

    def write(self, text: str) -> int:
        super().write(text)
        raise KeyboardInterrupt


def test_the_code_of_a_watch_is_that_of_the_state_just_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> tuple[ServiceDrift, ...]:
        return ()

    monkeypatch.setattr(sys, "stdout", _Interrupting())

    assert drift._watch(look, interval_s=60, output="text") == 0


def test_a_watch_that_never_saw_the_cluster_ends_as_a_look_would(monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> tuple[ServiceDrift, ...]:
        raise ClusterRejectedError("it does not answer", hint="look")

    monkeypatch.setattr(sys, "stdout", _Interrupting())

    assert drift._watch(look, interval_s=60, output="text") == PreconditionError.exit_code
