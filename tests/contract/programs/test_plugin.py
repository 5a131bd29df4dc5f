"""The command as other programs find it: kubectl's plugin mechanism, and the shells' completion."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tfk8s import __version__
from tfk8s.cli.commands import COMMANDS

pytestmark = pytest.mark.contract

SCRIPTS = Path(sys.executable).parent


def _run(*command: str, path: str | None = None) -> str:
    environment = {**os.environ, "PATH": path or f"{SCRIPTS}:{os.environ['PATH']}"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=30)
    return done.stdout


def test_kubectl_runs_tfk8s_as_its_plugin(kubectl: str) -> None:
    assert _run(kubectl, "tfk8s", "--version") == f"tfk8s, version {__version__}\n"
    assert f"{SCRIPTS}/kubectl-tfk8s" in _run(kubectl, "plugin", "list")


def test_module_and_script_are_the_same_program() -> None:
    assert _run(sys.executable, "-m", "tfk8s", "--help") == _run(f"{SCRIPTS}/tfk8s", "--help")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_valid_in_its_shell(shell: str, tmp_path: Path) -> None:
    script = tmp_path / f"tfk8s.{shell}"
    script.write_text(_run("tfk8s", "completion", shell), encoding="utf-8")
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")

    _run(shell, "-n", str(script))


def test_bash_completes_commands() -> None:
    script = _run("tfk8s", "completion", "bash")
    ask = 'COMP_WORDS=(tfk8s ""); COMP_CWORD=1; _tfk8s_completion tfk8s; printf "%s\\n" "${COMPREPLY[@]}"'

    offered = _run("bash", "-c", f"{script}\n{ask}").split()

    assert set(COMMANDS) <= set(offered)
