"""`tfk8s image` from a desk, in this process: the command line without the second that a new one takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.contract.registry.desk import Desk
from tfk8s.cli.main import root


def run_inside(desk: Desk, monkeypatch: pytest.MonkeyPatch, *arguments: str, **environment: str) -> Result:
    """Run `tfk8s image ...` in the desk's folder, with its variables."""
    monkeypatch.chdir(desk.folder)
    return CliRunner().invoke(root, ["image", *arguments], env=desk.environment_with(environment))


def answer_of(result: Result) -> dict[str, Any]:
    """What it printed with `-o json`."""
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found
